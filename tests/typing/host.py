"""A host application; must pass mypy and pyright at their strictest, and is never run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import polars as pl

import tamis


def progress(p: tamis.Progress) -> None:
    assert p.done <= p.total


def area(header: tamis.Header) -> int:
    return header.width * header.height


registry = tamis.Registry(allow=["tamis"], block=("x",), environ=False)
registry.register(tamis.Metric("host.area", area))
dataset: tamis.Dataset = tamis.Dataset.from_images(["a"], [np.zeros((2, 2, 3), np.uint8)])
table: tamis.Table = tamis.compute(
    dataset, ["host.area"], registry=registry, progress=progress, cancel=threading.Event(), jobs=2
)
values = table["host.area"].values.tolist()
config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
as_run = tamis.validate(config, dataset=dataset, registry=registry).config
result: tamis.Selection = tamis.select(dataset, config, registry=registry)
names: tuple[str, ...] = result.selected
rank: int = result.ranks[names[0]]
text: str = result.explain(names[0])
failures: list[tamis.Failure] = list(result.failures)
opened: tamis.Dataset = tamis.Dataset.open("photos", registry=registry)
listed = tamis.Dataset.open("list.csv", "files", registry=registry, root="photos", column="path")
both = tamis.Dataset.concat({"first": opened, "second": listed})
annotated = both.annotate("lightly", "labels", "detector", registry=registry)
known = annotated.with_metadata({"price": [1.5, None], "sky": ("clear", "rain"), "age": np.arange(2)})
known = known.with_metadata(pl.DataFrame({"sample": ["a"], "speed": [2.0]}))
cars = tamis.TaskSchema("cars", "object-detection", [0], ["car"])
known = known.with_predictions("cars", cars, {"a": [{"category_id": 0, "bbox": [0, 0, 1, 1], "score": 0.5}]})
pets = {"task_type": "classification", "categories": [{"id": 0, "name": "cat"}]}
known = known.with_predictions("pets", pets, [{"predictions": [{"category_id": 0}]}, None])
tasks: list[str] = list(known.annotations.tasks())
fields: Mapping[str, tamis.MetadataField] = known.annotations.fields()
where: str | None = known.images.fingerprint(known.samples[0]) if known.images else None
with known.image(known.samples[0]) as image:
    size: tuple[int, int] = image.size
few: tamis.Dataset = known.subset(["first/a"]).unannotated()

by_name = tamis.compute(few, ["lightly.width"], registry=registry, executor="local:jobs=2")
by_mapping = tamis.select(few, config, registry=registry, executor={"type": "local", "jobs": 2, "timeout": 9.5})
with ProcessPoolExecutor(2) as pool:
    vectors, lost = tamis.embed(few, registry=registry, executor=pool)

inspected: tamis.Inspection = tamis.inspect(few, limits={"dark": 0.1}, registry=registry, deviations=3.5)
for found in inspected.summary:
    counted: tuple[str, int, float] = found.name, len(found), found.issue.limit
flagged: tuple[str, ...] = inspected.flagged
cells: list[object] = inspected.issues["words"].cells()
leaving_out: dict[str, object] = inspected.config()
inspected.write("inspected", force=True)
page: tuple[str, ...] = inspected.export("report", "inspected/report.html", registry=registry)

result.write("out", force=True)
again: tamis.Selection = tamis.Selection.read("out", dataset=dataset, registry=registry)
notes: tuple[str, ...] = again.export("files", "chosen", registry=registry, how="symlink", ranked=True)
table = tamis.compute(few, ["lightly.width"], registry=registry)
finding = tamis.Finding("narrow", ["first/a"], told=["8 pixels"], doc="Too narrow.")
subject = tamis.Subject.of_dataset(few, table, vectors=table["lightly.width"], findings=[finding], notes=["none"])
told: tuple[str, ...] = subject.export("report", "report.html", registry=registry, sections=["overview"])
titles: list[str] = [made.title for made in tamis.Subject.of_selection(again).make_sections(registry=registry)]
inputs: Mapping[str, tamis.Column] = again.inputs()
ranks: Mapping[str, int] = again.ranks
row = again.standings().row("b")
written = tamis.write_predictions("labels", known.samples, result.predictions[0], format="lightly", registry=registry)
tamis.check_output(written, force=False, folder=True)
picked: tuple[str, ...] = tamis.read_names("out/selected.txt")

try:
    registry.metric("none")
except tamis.errors.ConfigError as error:
    problems: list[tuple[str, str]] = [(problem.path, problem.message) for problem in error.problems]
except tamis.errors.UnknownKeyError as error:
    status: int = error.exit_code
