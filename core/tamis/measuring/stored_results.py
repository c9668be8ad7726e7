"""What a store remembers of a dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure
from tamis.dataset.dataset import Dataset
from tamis.dataset.decoder import most_pixels
from tamis.dataset.images import fingerprint
from tamis.declarations.source import Images
from tamis.measuring.known_boxes import KnownBoxes, digest_of
from tamis.measuring.object_metrics import read
from tamis.measuring.outputs import ENDED, RecipeOutputs
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Results
from tamis.measuring.steps import Key
from tamis.measuring.vectors import Boxes, Places
from tamis.progress import Monitor
from tamis.store.records import Output
from tamis.store.session import Session

Rows = npt.NDArray[np.int64]

#: Samples looked up at a time.
CHUNK = 16_384


@attrs.frozen(eq=False)
class Group:
    """Samples that lack the same.

    Attributes:
        keys: What they lack.
        rows: Which they are, ascending.
    """

    keys: tuple[Key, ...]
    rows: Rows


class StoredResults:
    """What a store has of a recipe, taken over into results.

    Attributes:
        outputs: What the recipe yields, as the store knows it.
        boxes: Those of objects that are known.
        undecodable: The rows of `recall` that the store knows, and whose images can't be decoded.
        changed: The rows of `recall` that the store knows, but with another content, ascending.
    """

    def __init__(self, recipe: Recipe, boxes: Mapping[str, Boxes], results: Results) -> None:
        self._recipe, self._results = recipe, results
        self.outputs, self.boxes = RecipeOutputs(recipe), KnownBoxes(boxes, results)
        self.undecodable: set[int] = set()
        self.changed: list[int] = []

    def recall(
        self, dataset: Dataset, rows: Rows, images: Images, kind: str, session: Session, monitor: Monitor
    ) -> list[Group]:
        """Take over what is stored of these rows, which ascend; return what they lack."""
        lacking: dict[tuple[Key, ...], list[Rows]] = defaultdict(list)
        places: dict[Key, list[Places]] = defaultdict(list)
        self.changed = []
        for start in range(0, len(dataset), CHUNK):
            monitor.check()
            wanted = rows[slice(*np.searchsorted(rows, (start, start + CHUNK)))]
            names = [dataset.samples[row] for row in wanted.tolist()]
            taken: dict[int, str | None] = {}
            known: dict[int, int] = {}
            for position, stored, id_ in session.find(names):
                if position not in taken:
                    taken[position] = fingerprint(images, names[position], kind)
                if taken[position] == stored:
                    known[int(wanted[position])] = id_
            self.changed += sorted({int(wanted[position]) for position in taken} - set(known))
            session.know(known.items())
            if large := self._too_large(session):  # to be measured again, so that the limit of today is told
                session.know((row, id_) for row, id_ in known.items() if row not in large)
            count = min(CHUNK, len(dataset) - start)
            done = self._recalled(session, dataset.samples, start, count, places)
            done |= ~np.isin(np.arange(start, start + count), wanted, assume_unique=True)[:, None]
            if done.all():
                continue
            patterns, which = np.unique(done, axis=0, return_inverse=True)
            for number, pattern in enumerate(patterns):
                if not pattern.all():
                    keys = tuple(
                        key for key, is_done in zip(self.outputs.keys, pattern[1:], strict=True) if not is_done
                    )
                    lacking[keys].append(start + np.flatnonzero(which.reshape(-1) == number))
        for key, found in places.items():
            self._read_vectors(session, key, np.concatenate(found))
        return [Group(keys, np.concatenate(rows)) for keys, rows in lacking.items()]

    def _too_large(self, session: Session) -> set[int]:
        """The rows of images that are known, and have more pixels than may be decoded now, where any are to be."""
        limit = most_pixels()
        if limit is None or not self.outputs.pixels:
            return set()
        return {row for row, width, height in session.cells(self.outputs.file) if width and width * height > limit}

    def _recalled(
        self, session: Session, samples: Sequence[str], start: int, count: int, places: dict[Key, list[Places]]
    ) -> npt.NDArray[np.bool_]:
        """``(count, 1 + keys)`` bool: which of a chunk's samples need no work for their file, and for each key."""
        done = np.zeros((count, 1 + len(self.outputs.keys)), dtype=bool)
        for row, width, height in session.cells(self.outputs.file):
            done[row - start, 0] = True
            if width is not None:
                self._results.sizes[row] = width, height
        for number, key in enumerate(self.outputs.keys, start=1):
            if output := self.outputs.by_key[key]:
                done[self._take(session, key, output, places) - start, number] = True
        failed: dict[int, list[tuple[Output, Failure]]] = defaultdict(list)
        outputs = [output for output in self.outputs.by_key.values() if output]
        for row, output, stage, name, reason in session.failures([self.outputs.file, *outputs]):
            failed[row].append((output, Failure(samples[row], stage, name, reason)))
        for row, found in failed.items():
            self._fail(row, found, done[row - start])
        return done

    def _fail(self, row: int, found: Sequence[tuple[Output, Failure]], done: npt.NDArray[np.bool_]) -> None:
        """Take over what is known to have failed with a sample, and mark what needs no work because of it."""
        stages = {failure.stage for output, failure in found if output == self.outputs.file}
        if "decode" in stages:
            self.undecodable.add(row)
        for number, key in enumerate(self.outputs.keys, start=1):
            if "open" in stages or ("decode" in stages and key in self.outputs.pixels):
                done[number] = True
        if stages & set(ENDED) and not done[1:].all():
            done[0] = False  # to be opened again, so that there is another chance
        told = [failure for output, failure in found if output == self.outputs.file and done[0]]
        if not self.outputs.pixels:  # a run without a store wouldn't have noticed
            told = [failure for failure in told if failure.stage != "decode"]
        for number, key in enumerate(self.outputs.keys, start=1):
            if done[number]:
                own = [failure for output, failure in found if output == self.outputs.by_key[key]]
                # The names of tasks and vectors are the run's.
                told += [attrs.evolve(f, key=key[1]) if self._is_of(key, f) else f for f in own]
        self._results.fail(row, told)

    def _is_of(self, key: Key, failure: Failure) -> bool:
        """Whether a failure is that of an output's own step."""
        ended = failure.stage in ENDED and failure.key is not None
        return failure.stage == key[0] or (ended and ("view", failure.key) not in self.outputs.parts[key])

    def _take(self, session: Session, key: Key, output: Output, places: dict[Key, list[Places]]) -> npt.NDArray[Any]:
        """Take over one output of the samples that the session has turned to; return their rows."""
        stage, name = key
        if stage == "metric":
            found = session.cells(output)
            rows = np.fromiter((row for row, _ in found), np.int64, len(found))
            try:
                self._results.take(name, rows, (value for _, value in found))
            except ValueError as error:
                raise session.damaged(str(error)) from error
            return rows
        if stage == "task":
            rows_ = []
            for row, text in session.cells(output):
                rows_.append(row)
                self._results.objects[name][row] = text
            return np.array(rows_, dtype=np.int64)
        if stage == "object":
            return self._take_objects(session, name, output)
        task = self._recipe.embeddings[name].task
        kept = []
        for row, part, first, length, dropped, digest in session.cells(output):
            if task is None or digest == self.boxes.digest(row, task):
                kept.append((row, part or 0, first or 0, -1 if length is None else length, dropped))
        table = np.array(kept, dtype=np.int32).reshape(-1, 5)
        places[key].append(table)
        return table[:, 0]

    def _take_objects(self, session: Session, name: str, output: Output) -> npt.NDArray[Any]:
        """Take over a metric of the objects whose boxes are those of today; return their rows."""
        of, taken = self._recipe.objects[name], []
        dtype = self.outputs.steps["object", name].dtype
        for row, text, digest in session.cells(output):
            boxes = self.boxes.of(row, of.task)
            if digest != digest_of(boxes):
                continue
            taken.append(row)
            if text is not None:
                try:
                    values = read(text, dtype)
                    if boxes is None or len(values) != len(boxes):
                        raise ValueError("it holds another number of objects")
                except ValueError as error:
                    raise session.damaged(f"'{of.name}': {error}") from error
                self._results.object_values[name].add(row, values)
        return np.array(taken, dtype=np.int64)

    def _read_vectors(self, session: Session, key: Key, places: Places) -> None:
        """Read the files of vectors, each once."""
        collected, output = self._results.vectors[key[1]], self.outputs.by_key[key]
        assert output  # noqa: S101 (it was read)
        empty = np.empty((0, self._recipe.embeddings[key[1]].embedding.dim), dtype=np.float32)
        of_images = self._recipe.embeddings[key[1]].task is None
        places = places[places[:, 3] >= 0]
        places = places[np.argsort(places[:, 1], kind="stable")]
        for block in np.split(places, np.flatnonzero(np.diff(places[:, 1])) + 1):
            if len(block):
                number = int(block[0, 1])
                vectors = session.part(output, number) if number else empty
                starts, counts = block[:, 2].astype(np.int64), block[:, 3].astype(np.int64)
                if not number and of_images:
                    raise session.damaged(f"a vector of '{output.name}' is in no file")
                ends = starts + np.maximum(counts, 1) if of_images else (starts + counts)[counts > 0]
                if vectors.shape[1] != empty.shape[1] or (ends > len(vectors)).any():
                    raise session.damaged(f"the vectors of '{output.name}' are not where they should be")
                collected.read(block, vectors)
