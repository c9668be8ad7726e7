"""``tamis.validate``: checks a selection config without opening an image."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from tamis.config.choices import settled
from tamis.dataset.dataset import LIGHTLY, Dataset
from tamis.dataset.opening import read_annotations
from tamis.discovery.registry import Registry
from tamis.embedding.choosing import PATH
from tamis.embedding.reach import Reach
from tamis.errors import DatasetError
from tamis.measuring.recipe import Recipe
from tamis.planning.annotation_check import check_annotations
from tamis.planning.plan import Plan
from tamis.planning.planning import make_plan


def validate(
    config: Mapping[str, Any],
    *,
    dataset: Dataset | None = None,
    lightly: str | os.PathLike[str] | None = None,
    registry: Registry | None = None,
    tasks: Sequence[Mapping[str, Any]] = (),
    datasets: Mapping[str, Dataset] | None = None,
    embedder: str | Mapping[str, Any] | None = None,
    query_images: str | os.PathLike[str] | None = None,
    data: bool = False,
) -> Plan:
    """Check a selection config as far as that can be done without opening an image.

    Args:
        config: The selection config, as data; it is not changed.
        dataset: What it is to select from. Without one, tasks and metadata keys can't be looked up.
        lightly: In place of a dataset, the folder that holds ``.lightly/``.
        registry: The plugins; by default all that are installed.
        tasks: Further auto tasks, as for `select`.
        datasets: Other datasets, as for `select`. Without, those that inputs name aren't looked for.
        embedder: What is to make vectors, as for `select`; it isn't loaded. Without, it isn't checked whether it knows
            texts.
        query_images: As for `select`.
        data: Whether to read all annotations that the config uses, too. Whether boxes and masks fit their images can't
            be told without opening those.

    Returns:
        The plan. Its ``config`` is the config as it would run: canonical names, defaults filled in. Its ``notes``, with
        ``data``, say how much there is of each annotation, and what is left out and why.

    Raises:
        ConfigError: the config is wrong, with every problem that was found; or the embedder is.
        DataError: with ``data``, annotations would end a run; with every problem that was found.
        DatasetError: there is no such folder; with ``data``, there is no dataset.
        PluginError: a plugin that the config names can't be used.
    """
    registry = registry or Registry()
    if data and dataset is None:
        raise DatasetError("annotations are of samples: to read them, name a dataset")
    annotations = dataset.annotations if dataset else None
    if annotations is None and lightly is not None:
        annotations = read_annotations(LIGHTLY, os.fspath(lightly), {}, registry)
    if embedder is not None:
        settled("embedder", embedder, registry, PATH)
    reach = Reach(registry, dataset, datasets, embedder, None if query_images is None else Path(query_images))
    plan = make_plan(config, registry, annotations, tasks, reach)
    Recipe.of(plan.needs, registry, plan.jobs, objects=plan.objects)
    if data and dataset is not None:
        plan = attrs.evolve(plan, notes=check_annotations(plan, dataset, registry, datasets or {}))
    return plan
