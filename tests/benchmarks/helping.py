"""Does selecting help? ``python -m tests.benchmarks.helping [LABEL=]DIR ...``.

``DIR`` holds a folder of images for each class. All are embedded once, with near-duplicates of a third of them. For
each seed a stratified 30 % of the images is the test set, and the rest, in random order, the pool: as it is; with the
near-duplicates, as of bursts and videos; and with those and few images of most classes. tamis selects k of the pool, a
linear probe is trained on those, and the figure is the mean over classes of the share that it gets right; or, with
``--figure share``, the share of the whole test set.

RANDOM is the mean of five draws. What uses a model's uncertainty draws half of k at random, trains the probe on that
half, and selects the other half by what the probe says. Differences from RANDOM are those of the same split; intervals
are 95 % by Student's t over seeds. They are over splits of the same images, and say nothing of other images.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import click
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance

from tamis import Dataset, Registry, embed, select
from tests.benchmarks.helping_picture import picture

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

SIZES = (10, 20, 50, 100, 200, 300)
#: Of each burst, near-duplicates beside the image itself; and the share of images that are one.
COPIES, BURSTS = 4, 1 / 3
TEST = 0.3
#: Of the normal distribution, for an interval of 95 %.
Z = 1.96
DRAWS = 5

EMBEDDINGS = {"type": "EMBEDDINGS"}
DIVERSITY = {"input": EMBEDDINGS, "strategy": {"type": "DIVERSITY"}}
TYPICALITY = {"input": EMBEDDINGS, "strategy": {"type": "TYPICALITY"}}
ENTROPY = {
    "input": {"type": "SCORES", "task": "probe", "score": "uncertainty_entropy"},
    "strategy": {"type": "WEIGHTS"},
}
APART = {
    "input": {"type": "DUPLICATES", "by": "embeddings", "distance": 0.45},
    "strategy": {"type": "THRESHOLD", "threshold": 1, "operation": "SMALLER"},
}
#: Selected at once, without labels.
AT_ONCE: dict[str, list[dict[str, Any]]] = {
    "DIVERSITY": [DIVERSITY],
    "TYPICALITY": [TYPICALITY],
    "DIVERSITY x TYPICALITY": [DIVERSITY, TYPICALITY],
    "DUPLICATES, then RANDOM": [APART],
}
#: Selected after a random half, with what a probe of that half predicts.
IN_TWO_STEPS: dict[str, list[dict[str, Any]]] = {
    "uncertainty": [ENTROPY],
    "uncertainty x DIVERSITY": [ENTROPY, DIVERSITY],
}
#: What the picture has room for.
DRAWN = ("DIVERSITY", "DIVERSITY x TYPICALITY", "DUPLICATES, then RANDOM", "uncertainty", "uncertainty x DIVERSITY")


def at_random(seed: int) -> dict[str, Any]:
    """RANDOM, seeded."""
    return {"input": {"type": "RANDOM", "random_seed": seed}, "strategy": {"type": "WEIGHTS"}}


@attrs.frozen
class Images:
    """All images, and near-duplicates of some.

    Attributes:
        vectors: ``(n, d)`` of unit length.
        classes: ``(n,)`` the number of the class.
        of: ``(n,)`` the image that each is a near-duplicate of, or itself.
    """

    vectors: Floats
    classes: Ints
    of: Ints

    @classmethod
    def embedded(cls, folder: Path, embedder: str) -> Images:
        """Those in a folder. A near-duplicate is cropped, lit and compressed a little differently."""
        dataset = Dataset.from_directory(folder)
        originals = list(dataset.samples)
        chance = np.random.default_rng(0)
        bursts = np.sort(chance.permutation(len(originals))[: round(len(originals) * BURSTS)])
        made = {f"{originals[row]}#{copy}": (row, copy) for row in bursts.tolist() for copy in range(COPIES)}

        def open_(name: str) -> Any:
            if name not in made:
                return (folder / name).open("rb")
            row, copy = made[name]
            with Image.open(folder / originals[row]) as image:
                return again(image.convert("RGB"), np.random.default_rng([row, copy]))

        names = [*originals, *made]
        vectors, failures = embed(Dataset.from_items(names, open_), embedder, registry=Registry(allow=["tamis"]))
        for failure in failures:
            click.echo(f"left out: {failure}", err=True)
        classes = np.unique([name.partition("/")[0] for name in originals], return_inverse=True)[1]
        of = np.array([*range(len(originals)), *(row for row, _ in made.values())], dtype=np.intp)
        kept = vectors.valid & vectors.valid[of]
        return cls(vectors.values[kept].astype(np.float64), classes[of][kept], of[kept])

    @classmethod
    def kept(cls, folder: Path, embedder: str, file: Path | None) -> Images:
        """Those of a file, if it is there, or else written to it."""
        if file is None or not file.is_file():
            made = cls.embedded(folder, embedder)
            if file is not None:
                np.savez(file, **attrs.asdict(made))
            return made
        with np.load(file) as arrays:
            return cls(**arrays)


def again(image: Image.Image, chance: np.random.Generator) -> bytes:
    """The JPEG file of a near-duplicate: up to 4 % cut off each side, lit up to 10 % otherwise."""
    image.thumbnail((640, 640))
    left, top, right, bottom = (
        chance.uniform(0, 0.04, 4) * np.array([image.width, image.height, image.width, image.height])
    ).tolist()
    image = image.crop((round(left), round(top), round(image.width - right), round(image.height - bottom)))
    image = ImageEnhance.Brightness(image).enhance(chance.uniform(0.9, 1.1))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(chance.integers(60, 91)))
    return file.getvalue()


def pools(images: Images, chance: np.random.Generator) -> tuple[dict[str, Ints], Ints]:
    """The rows of each pool, in random order, and of the test set."""
    test: list[int] = []
    train: list[Ints] = []
    order = chance.permutation(int(images.classes.max()) + 1)
    shares = np.geomspace(1, 0.1, len(order))[np.argsort(order)]
    rare: list[Ints] = []
    for number, share in enumerate(shares):
        own = chance.permutation(np.flatnonzero((images.classes == number) & (images.of == np.arange(len(images.of)))))
        count = max(1, round(len(own) * TEST))
        test.extend(own[:count].tolist())
        train.append(own[count:])
        rare.append(own[count:][: max(2, round((len(own) - count) * share))])
    every = np.concatenate(train)
    with_copies = np.flatnonzero(np.isin(images.of, every))
    few_with_copies = np.flatnonzero(np.isin(images.of, np.concatenate(rare)))
    named = {"as it is": every, "near-duplicates": with_copies, "near-duplicates, rare classes": few_with_copies}
    return {name: chance.permutation(rows) for name, rows in named.items()}, np.array(test)


class Probe:
    """Ridge regression onto the classes, its penalty by leave-one-out error in closed form."""

    def __init__(self, vectors: Floats, classes: Ints, count: int) -> None:
        self._mean = vectors.mean(axis=0)
        centred, targets = vectors - self._mean, np.eye(count)[classes]
        self._offset = targets.mean(axis=0)
        targets = targets - self._offset
        values, axes = np.linalg.eigh(centred @ centred.T)
        best = np.inf
        for penalty in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0):
            inverse = (axes / (values + penalty)) @ axes.T
            dual = inverse @ targets
            error = ((dual / np.diagonal(inverse)[:, None]) ** 2).sum()
            if error < best:
                best, self._weights = error, centred.T @ dual

    def scores(self, vectors: Floats) -> Floats:
        """``(n, classes)``, about 1 for the class and 0 for the others."""
        found: Floats = (vectors - self._mean) @ self._weights + self._offset
        return found

    def probabilities(self, vectors: Floats) -> Floats:
        """``(n, classes)``: the scores by softmax; a score of 0.25 more is e times as likely."""
        scaled = np.exp((found := self.scores(vectors) * 4) - found.max(axis=1, keepdims=True))
        chances: Floats = scaled / scaled.sum(axis=1, keepdims=True)
        return chances


def quality(images: Images, rows: Ints, test: Ints, figure: str) -> float:
    """What a probe of these rows gets right: of each class, and the mean of that; or of the whole test set."""
    count = int(images.classes.max()) + 1
    probe = Probe(images.vectors[rows], images.classes[rows], count)
    right = probe.scores(images.vectors[test]).argmax(axis=1) == images.classes[test]
    if figure == "share":
        return float(right.mean())
    return float(np.mean([right[images.classes[test] == number].mean() for number in range(count)]))


@attrs.frozen
class Trial:
    """One pool of one seed."""

    images: Images
    pool: Ints
    test: Ints
    seed: int
    figure: str
    registry: Registry

    def outcomes(self) -> dict[str, dict[int, float]]:
        """The quality of each way to select, by k."""
        sizes = [size for size in SIZES if size <= 0.75 * len(self.pool)]
        dataset = Dataset.from_embeddings(list(map(str, range(len(self.pool)))), self.images.vectors[self.pool])
        draws = [self._picked(dataset, [at_random(100 * self.seed + draw)], sizes[-1]) for draw in range(DRAWS)]
        found = {"RANDOM": {size: float(np.mean([self._quality(rows[:size]) for rows in draws])) for size in sizes}}
        for name, entries in AT_ONCE.items():
            beside = [at_random(self.seed)] if name.endswith("RANDOM") else []
            rows = self._picked(dataset, [*entries, *beside], sizes[-1])  # greedy: the first k are the selection of k
            found[name] = {size: self._quality(rows[:size]) for size in sizes if size <= len(rows)}
        for name, entries in IN_TWO_STEPS.items():
            found[name] = {size: self._quality(self._in_two_steps(dataset, entries, draws[0], size)) for size in sizes}
        return found

    def _picked(self, dataset: Dataset, entries: Sequence[Any], count: int, preselected: Sequence[str] = ()) -> Ints:
        config = {"n_samples": count, "strategies": list(entries)}
        return np.array(
            [*preselected, *select(dataset, config, registry=self.registry, preselected=preselected).selected], int
        )

    def _in_two_steps(self, dataset: Dataset, entries: Sequence[Any], drawn: Ints, size: int) -> Ints:
        first = drawn[: size // 2]
        vectors, classes = self.images.vectors[self.pool], self.images.classes[self.pool]
        count = int(self.images.classes.max()) + 1
        predicted = Probe(vectors[first], classes[first], count).probabilities(vectors)
        schema = {
            "task_type": "classification",
            "categories": [{"id": number, "name": str(number)} for number in range(count)],
        }
        objects = [[{"category_id": int(row.argmax()), "probabilities": row.tolist()}] for row in predicted]
        with_predictions = dataset.with_predictions("probe", schema, objects)
        return self._picked(with_predictions, entries, size - len(first), [dataset.samples[row] for row in first])

    def _quality(self, rows: Ints) -> float:
        return quality(self.images, self.pool[rows], self.test, self.figure)


def outcomes(
    images: Images, seed: int, figure: str, registry: Registry, file: Path | None
) -> dict[str, dict[str, dict[int, float]]]:
    """The quality of a seed by pool, way to select, and k; of a file, if it is there, or else written to it."""
    if file is not None and file.is_file():
        read = json.loads(file.read_text())
        return {
            pool: {way: {int(size): value for size, value in by_size.items()} for way, by_size in by_way.items()}
            for pool, by_way in read.items()
        }
    named, test = pools(images, np.random.default_rng(seed))
    found = {name: Trial(images, pool, test, seed, figure, registry).outcomes() for name, pool in named.items()}
    if file is not None:
        file.write_text(json.dumps(found))
    return found


def collected(found: Sequence[Any]) -> dict[str, dict[str, dict[int, list[float]]]]:
    """The qualities of all seeds, of what there is in each of them."""
    return {
        pool: {
            way: {
                size: [each[pool][way][size] for each in found]
                for size in by_size
                if all(size in each[pool][way] for each in found)
            }
            for way, by_size in by_way.items()
        }
        for pool, by_way in found[0].items()
    }


def difference(values: Sequence[float], random: Sequence[float]) -> tuple[float, float]:
    """The mean of how much better it is, and half the interval, both in percentage points."""
    apart = 100 * (np.array(values) - np.array(random))
    return float(apart.mean()), float(student(len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart)))


def student(freedom: int) -> float:
    """Student's t for the interval, to a thousandth from 9 degrees of freedom on (Abramowitz and Stegun 26.7.5)."""
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)


def table(by_way: Mapping[str, Mapping[int, list[float]]]) -> str:
    """A row for each way to select: RANDOM as it is, the others by how much better they are."""
    sizes = list(by_way["RANDOM"])
    lines = [f"| k | {' | '.join(map(str, sizes))} |", f"|---|{'---|' * len(sizes)}"]
    for way, by_size in by_way.items():
        cells = []
        for size in sizes:
            if size not in by_size:
                cells.append("")
            elif way == "RANDOM":
                cells.append(f"{100 * np.mean(by_size[size]):.1f}")
            else:
                mean, half = difference(by_size[size], by_way["RANDOM"][size])
                sure = "**" if abs(mean) > half else ""
                cells.append(f"{sure}{mean:+.1f}{sure} ± {half:.1f}")
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("--embedder", default="pretrained", show_default=True)
@click.option("--seeds", default=20, show_default=True)
@click.option(
    "--figure",
    type=click.Choice(["classes", "share"]),
    default="classes",
    show_default=True,
    help="What counts: the mean over classes of the share that is right, or the share of the test set.",
)
@click.option("--kept", type=click.Path(path_type=Path), help="Folder of vectors and results, for the next time.")
@click.option("--picture", "drawn", type=click.Path(path_type=Path), help="An SVG file.")
def main(
    folders: tuple[str, ...], embedder: str, seeds: int, figure: str, kept: Path | None, drawn: Path | None
) -> None:
    """Print a table for each folder and pool."""
    registry, panels = Registry(allow=["tamis"], environ=False), {}
    for text in folders:
        label, _, folder = text.rpartition("=")
        label = label or Path(folder).name
        images = Images.kept(Path(folder), embedder, kept and kept / f"{label}.npz")
        found = []
        for seed in range(seeds):
            found.append(outcomes(images, seed, figure, registry, kept and kept / f"{label}-{figure}-{seed}.json"))
            click.echo(f"{label}: seed {seed + 1} of {seeds}", err=True)
        originals = int((images.of == np.arange(len(images.of))).sum())
        for pool, by_way in collected(found).items():
            click.echo(f"\n{label} ({originals} images, {images.classes.max() + 1} classes), {pool}\n")
            click.echo(table(by_way))
            panels[f"{label}: {pool}"] = {
                way: {size: difference(values, by_way["RANDOM"][size]) for size, values in by_way[way].items()}
                for way in DRAWN
            }
    if drawn:
        drawn.write_text(picture(panels, columns=len(panels) // len(folders)))


if __name__ == "__main__":
    main()
