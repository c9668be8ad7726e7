"""A host application; must pass mypy and pyright at their strictest, and is never run."""

from __future__ import annotations

import threading

import numpy as np

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
try:
    registry.metric("none")
except tamis.errors.ConfigError as error:
    problems: list[tuple[str, str]] = [(problem.path, problem.message) for problem in error.problems]
except tamis.errors.UnknownKeyError as error:
    status: int = error.exit_code
