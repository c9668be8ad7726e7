"""``report.json``: the numbers of a report, under the keys of LightlyOne's ``report_v2.json``.

Keys for which tamis has no fact are left out, such as savings and addresses of runs. ``giniImbalance`` is the Gini
coefficient of the counts; LightlyOne's own formula was not published.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import __version__
from tamis_plugins.statistics import measures
from tamis_plugins.statistics.distributions import Categories, Numbers
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.points import Near
from tamis_plugins.statistics.sets import INPUT, PRESELECTED, RANDOM, SELECTED, TOGETHER
from tamis_plugins.statistics.spread import Spread
from tamis_plugins.statistics.strategies import Used
from tamis_plugins.statistics.tasks import Task

#: The sets, as the file calls them.
KEYS = {
    INPUT: "input",
    SELECTED: "selected",
    RANDOM: "random",
    PRESELECTED: "preselectedDatapool",
    TOGETHER: "selectedWithDatapool",
}
#: Points of the input in a scatter plot, and images named there and beside boxes.
POINTS, EXAMPLES = 10_000, 20


def document(facts: Facts) -> str:
    """The content of the file."""
    data = {
        "generalInformation": _general(facts),
        "datasetAnalysis": {
            **({"embeddingInformation": _embedding(facts, facts.spreads[0])} if facts.spreads else {}),
            "metadataInformation": _metadata(facts),
        },
        "predictionTaskInformation": {task.name: _task(facts, task) for task in facts.tasks},
    }
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def _general(facts: Facts) -> dict[str, Any]:
    subject, chosen = facts.subject, facts.chosen
    about: dict[str, Any] = {"workerInformation": {"buildVersion": __version__}}
    if chosen is None:
        lost = len({failure.sample for failure in subject.failures})
        about["datasetInformation"] = {"datasetSizes": {"nInput": len(subject.samples), "nCorrupt": lost}}
        return about
    counts = chosen.manifest["counts"]
    about["workerInformation"]["buildVersion"] = chosen.manifest["tamis"]
    if seconds := chosen.selection.times.get("seconds"):
        about["runInformation"] = {"totalProcessingTimeS": sum(seconds.values())}
    about["datasetInformation"] = {
        "datasetSizes": {
            "nInput": counts["input"],
            "nCorrupt": counts["failed"],
            "nRemoved": sum(removed["samples"] for removed in counts["removed"]),
            "nSelected": counts["selected"],
            "nPreselectedDatapool": counts["preselected"],
            "nSelectedWithDatapool": counts["selected"] + counts["preselected"],
        }
    }
    names = subject.samples
    about["selectedAndRemovedImageExamples"] = [
        {"selectedImage": names[pair.picked], "removedImage": names[pair.unpicked], "distance": pair.distance}
        for pair in facts.pairs
    ]
    return about


def _embedding(facts: Facts, spread: Spread) -> dict[str, Any]:
    def distances(found: Mapping[str, Near]) -> dict[str, Any]:
        return _numeric(Numbers.of({name: near.distances for name, near in found.items()}))

    return {
        "distanceToNearestNeighborInSet": distances(spread.within),
        **({"distanceToCoverInput": distances(spread.covering)} if spread.covering else {}),
        "scatterPlotData": {"pcaEmbeddingData": _scatter(facts, spread)},
    }


def _scatter(facts: Facts, spread: Spread) -> dict[str, Any]:
    chosen = spread.chosen

    def places(points: npt.NDArray[np.intp]) -> list[list[float]]:
        return [[round(float(x), 6), round(float(y), 6)] for x, y in spread.places(points)]

    of_all = chosen[INPUT]
    if len(of_all) > POINTS:
        of_all = np.sort(np.random.default_rng(0).choice(of_all, POINTS, replace=False))
    examples = chosen.get(SELECTED, of_all)[:EXAMPLES]
    return {
        "input2dEmbeddings": places(of_all),
        **({"datapool2dEmbeddings": places(chosen[PRESELECTED])} if PRESELECTED in chosen else {}),
        **({"selectedExcludingDatapool2dEmbeddings": places(chosen[SELECTED])} if SELECTED in chosen else {}),
        "exampleImages": [
            {"location": place, "filename": facts.subject.samples[spread.points.owners[point]]}
            for place, point in zip(places(examples), examples, strict=True)
        ],
    }


def _metadata(facts: Facts) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {"lightlyNumeric": {}, "customNumeric": {}, "customCategorical": {}}
    for name in _keys(facts):
        if name in facts.numbers:
            where = "lightlyNumeric" if name.startswith("lightly.") else "customNumeric"
            found[where][name] = _numeric(facts.numbers[name])
        elif name in facts.categories:
            found["customCategorical"][name] = _categorical(facts.categories[name])
    return found


def _keys(facts: Facts) -> Iterable[str]:
    """Names of columns that are metadata: of a selection, those that its config calls so."""
    if facts.chosen is None:
        return facts.subject.columns
    return [used.name for used in facts.chosen.strategies if used.input["type"] == "METADATA"]


def _task(facts: Facts, task: Task) -> dict[str, Any]:
    schema = task.predictions.schema
    strategies = facts.chosen.strategies if facts.chosen else ()
    scores = {used.input["score"]: facts.numbers[used.name] for used in strategies if _is_score(facts, used, task)}
    counts = {
        label: task.counts(number) for number, label in enumerate(schema.category_names) if label in task.objects.labels
    }
    rows = facts.subject.sets
    return {
        "taskType": schema.task_type,
        "categoryIdToName": {
            str(id_): label for id_, label in zip(schema.category_ids, schema.category_names, strict=True)
        },
        "activeLearningScoreDistributions": {name: _numeric(numbers) for name, numbers in scores.items()},
        "categoryDistribution": _categorical(task.objects),
        "categoryToCountsPerSample": {
            label: _numeric(Numbers.of({name: found[part] for name, part in rows.items()}))
            for label, found in counts.items()
        },
        "predictionScoreDistribution": _numeric(task.scores),
        "categoryToImageWithCategoryCount": _categorical(task.images),
    }


def _is_score(facts: Facts, used: Used, task: Task) -> bool:
    return used.input["type"] == "SCORES" and used.input["task"] == task.name and used.name in facts.numbers


def _numeric(numbers: Numbers) -> dict[str, Any]:
    """A set of no value at all has no metrics, and is left out."""
    return {
        "bins": numbers.bins,
        "range": list(numbers.range),
        **{
            KEYS[name]: {"counts": counts.tolist(), "metrics": dict(numbers.summaries[name])}
            for name, counts in numbers.counts.items()
            if numbers.summaries[name]
        },
    }


def _categorical(categories: Categories) -> dict[str, Any]:
    return {KEYS[name]: _shares(categories, counts) for name, counts in categories.counts.items()}


def _shares(categories: Categories, counts: npt.NDArray[np.float64]) -> dict[str, Any]:
    gini, entropy = measures.gini(counts), measures.balance(counts)
    metrics = {"giniImbalance": gini, "normalizedEntropy": entropy}
    return {
        "counts": {label: int(count) for label, count in zip(categories.labels, counts.tolist(), strict=True)},
        "metrics": {key: value for key, value in metrics.items() if value is not None},
    }
