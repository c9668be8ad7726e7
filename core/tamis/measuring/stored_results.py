"""What a store remembers of a dataset, and what it is to remember of a pass."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure
from tamis.dataset.dataset import Dataset
from tamis.dataset.decoder import most_pixels
from tamis.dataset.images import fingerprint
from tamis.declarations.source import Images
from tamis.declarations.view import ROOT_VIEWS
from tamis.measuring.batch import Item
from tamis.measuring.object_metrics import read, written
from tamis.measuring.outputs import file_output, output_of
from tamis.measuring.recipe import Recipe
from tamis.measuring.result import Result
from tamis.measuring.results import Results
from tamis.measuring.steps import Key, Step
from tamis.measuring.vectors import Boxes, Floats, Places, boxes_of
from tamis.progress import Monitor
from tamis.store.parts import Part
from tamis.store.records import Output, Row
from tamis.store.session import Session

Rows = npt.NDArray[np.int64]

#: Samples looked up at a time.
CHUNK = 16_384
#: What ended the process that worked on an image, without saying anything about its file.
ENDED = ("crash", "timeout")


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
    """One recipe, what a store has of it, and the results that they share.

    Attributes:
        changed: The rows of `recall` that the store knows, but with another content, ascending.
    """

    def __init__(self, recipe: Recipe, boxes: Mapping[str, Boxes], results: Results) -> None:
        self._recipe, self._boxes, self._results = recipe, boxes, results
        self._steps: dict[Key, Step] = {step.key: step for step in recipe.yields}
        closures = {key: recipe.closure(step) for key, step in self._steps.items()}
        self.keys: tuple[Key, ...] = tuple(self._steps)
        self._parts: dict[Key, set[tuple[str, str | None]]] = {
            key: {step.key for step in closure}
            | {("view", need) for step in closure for need in step.needs if need in ROOT_VIEWS}
            for key, closure in closures.items()
        }
        self._pixels = {key for key, closure in closures.items() if any("image" in step.needs for step in closure)}
        self._undecodable: set[int] = set()
        self.changed: list[int] = []

    # A run without a store asks for neither of these, and reads no plugin's files for them.

    @cached_property
    def _file(self) -> Output:
        return file_output()

    @cached_property
    def _outputs(self) -> dict[Key, Output | None]:
        return {key: output_of(self._recipe, step) for key, step in self._steps.items()}

    def outputs(self, keys: Iterable[Key]) -> list[Output]:
        """What a store keeps of these keys, and of the file itself."""
        return [self._file, *(output for key in keys if (output := self._outputs[key]))]

    def item(self, row: int, sample: str, keys: Sequence[Key], without: frozenset[Key] = frozenset()) -> Item:
        """One image to measure, with the boxes of objects that are known already."""
        boxes: dict[str, Floats] = {}
        tasks = {wanted.task for wanted in self._recipe.embeddings.values() if wanted.task}
        for task in tasks | {of.task for of in self._recipe.objects.values()}:
            if ("task", task) not in keys and (found := self._boxes_of(row, task, {})) is not None:
                boxes[task] = found
        return Item(sample, boxes, without)

    # Reading

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
                    keys = tuple(key for key, is_done in zip(self.keys, pattern[1:], strict=True) if not is_done)
                    lacking[keys].append(start + np.flatnonzero(which.reshape(-1) == number))
        for key, found in places.items():
            self._read_vectors(session, key, np.concatenate(found))
        return [Group(keys, np.concatenate(rows)) for keys, rows in lacking.items()]

    def _too_large(self, session: Session) -> set[int]:
        """The rows of images that are known, and have more pixels than may be decoded now, where any are to be."""
        limit = most_pixels()
        if limit is None or not self._pixels:
            return set()
        return {row for row, width, height in session.cells(self._file) if width and width * height > limit}

    def _recalled(
        self, session: Session, samples: Sequence[str], start: int, count: int, places: dict[Key, list[Places]]
    ) -> npt.NDArray[np.bool_]:
        """``(count, 1 + keys)`` bool: which of a chunk's samples need no work for their file, and for each key."""
        done = np.zeros((count, 1 + len(self.keys)), dtype=bool)
        for row, width, height in session.cells(self._file):
            done[row - start, 0] = True
            if width is not None:
                self._results.sizes[row] = width, height
        for number, key in enumerate(self.keys, start=1):
            if output := self._outputs[key]:
                done[self._take(session, key, output, places) - start, number] = True
        failed: dict[int, list[tuple[Output, Failure]]] = defaultdict(list)
        outputs = [output for output in self._outputs.values() if output]
        for row, output, stage, name, reason in session.failures([self._file, *outputs]):
            failed[row].append((output, Failure(samples[row], stage, name, reason)))
        for row, found in failed.items():
            self._fail(row, found, done[row - start])
        return done

    def _fail(self, row: int, found: Sequence[tuple[Output, Failure]], done: npt.NDArray[np.bool_]) -> None:
        """Take over what is known to have failed with a sample, and mark what needs no work because of it."""
        stages = {failure.stage for output, failure in found if output == self._file}
        if "decode" in stages:
            self._undecodable.add(row)
        for number, key in enumerate(self.keys, start=1):
            if "open" in stages or ("decode" in stages and key in self._pixels):
                done[number] = True
        if stages & set(ENDED) and not done[1:].all():
            done[0] = False  # to be opened again, so that there is another chance
        told = [failure for output, failure in found if output == self._file and done[0]]
        if not self._pixels:  # a run without a store wouldn't have noticed
            told = [failure for failure in told if failure.stage != "decode"]
        for number, key in enumerate(self.keys, start=1):
            if done[number]:
                own = [failure for output, failure in found if output == self._outputs[key]]
                # The names of tasks and vectors are the run's.
                told += [attrs.evolve(f, key=key[1]) if self._is_of(key, f) else f for f in own]
        self._results.fail(row, told)

    def _is_of(self, key: Key, failure: Failure) -> bool:
        """Whether a failure is that of an output's own step."""
        ended = failure.stage in ENDED and failure.key is not None
        return failure.stage == key[0] or (ended and ("view", failure.key) not in self._parts[key])

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
            if task is None or digest == _digest(self._boxes_of(row, task, {})):
                kept.append((row, part or 0, first or 0, -1 if length is None else length, dropped))
        table = np.array(kept, dtype=np.int32).reshape(-1, 5)
        places[key].append(table)
        return table[:, 0]

    def _take_objects(self, session: Session, name: str, output: Output) -> npt.NDArray[Any]:
        """Take over a metric of the objects whose boxes are those of today; return their rows."""
        of, taken = self._recipe.objects[name], []
        dtype = self._steps["object", name].dtype
        for row, text, digest in session.cells(output):
            boxes = self._boxes_of(row, of.task, {})
            if digest != _digest(boxes):
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
        collected, output = self._results.vectors[key[1]], self._outputs[key]
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

    # Writing

    def rows(self, group: Group, batch: Rows, results: Sequence[Result], samples: Sequence[str]) -> list[Row]:
        """What is to be stored of a batch: all but what has no fingerprint or identity, or may pass by itself."""
        found = []
        for row, result in zip(batch.tolist(), results, strict=True):
            if result.fingerprint and (stored := self._row(group.keys, row, result, samples[row])):
                found.append(stored)
        return found

    def parts(self, parts: Mapping[str, Part]) -> dict[Output, Part]:
        """Files of vectors by what they are for a store, not by the run's names."""
        found = {self._outputs["embed", name]: part for name, part in parts.items()}
        return {output: part for output, part in found.items() if output}

    def _row(self, keys: Sequence[Key], row: int, result: Result, sample: str) -> Row | None:
        if any(failure.key is None for failure in result.passing):
            return None
        cells: dict[Output, tuple[Any, ...]] = {}
        failures: dict[Output, list[Failure]] = {}
        whole = [failure for failure in result.failures if failure.key is None]
        ended = [failure for failure in whole if failure.stage in ENDED]
        if row not in self._undecodable:
            cells[self._file] = (result.header.width, result.header.height) if result.header else (None, None)
            failures[self._file] = whole
        for key in keys:
            output = self._outputs[key]
            of_file = not ended and (not result.header or (bool(whole) and key in self._pixels))
            if output is None or of_file or any(self._part_of(key, failure) for failure in result.passing):
                continue
            cells[output] = self._cell(key, row, result)
            failures[output] = ended or [f for f in result.failures if self._part_of(key, f)]
        return Row(sample, result.fingerprint or "", cells, failures)

    def _part_of(self, key: Key, failure: Failure) -> bool:
        """Whether what failed is part of what yields an output."""
        if failure.stage in ENDED:  # it may be any step of this name
            return any(name == failure.key for _, name in self._parts[key])
        return (failure.stage, failure.key) in self._parts[key]

    def _cell(self, key: Key, row: int, result: Result) -> tuple[Any, ...]:
        """The cells of one output."""
        stage, name = key
        if stage == "metric":
            return (result.values.get(name),)
        if stage == "task":
            return (result.objects.get(name),)
        if stage == "object":
            values = result.object_values.get(name)
            taken = self._boxes_of(row, self._recipe.objects[name].task, result.objects)
            return None if values is None else written(values), _digest(taken)
        task = self._recipe.embeddings[name].task
        boxes = None if task is None else _digest(self._boxes_of(row, task, result.objects))
        vectors, dropped = result.vectors.get(name, (None, 0))
        return vectors, dropped, boxes

    def _boxes_of(self, row: int, task: str, fresh: Mapping[str, str]) -> Floats | None:
        """The boxes of a sample's objects; None if there are none to be had."""
        if task in self._boxes:
            return self._boxes[task].of(row)
        objects = fresh.get(task, self._results.objects[task][row])
        try:
            return None if objects is None else boxes_of(objects)
        except Exception:  # noqa: BLE001 (a task may predict anything)
            return None


def _digest(boxes: Floats | None) -> bytes:
    return b"" if boxes is None else hashlib.blake2b(np.ascontiguousarray(boxes).tobytes(), digest_size=16).digest()
