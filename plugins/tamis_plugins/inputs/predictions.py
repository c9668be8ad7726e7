"""What a model predicts in each sample, as a distribution over categories or as a count.

``task`` is a prediction task of the dataset's annotations, such as ``.lightly/predictions``, or an auto task.
CLASS_DISTRIBUTION is the class vector of a classification, or the sum of the class vectors of all objects; an object
without one counts 1 for its category. CATEGORY_COUNT is the number of
objects of the ``categories``, by default of all; it works with WEIGHTS and THRESHOLD. A sample without a prediction
file has zeros; one whose file is invalid is left out.
"""

from __future__ import annotations

import numpy as np

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl


def kind(params: Params, about: About) -> Kind:
    """By name, once it's certain that task and categories exist."""
    try:
        task = about.task(params["task"])
    except errors.PredictionError as error:
        raise errors.ParameterError("task", str(error)) from error
    unknown = [name for name in params.get("categories", ()) if name not in task.category_names]
    if unknown:
        near = errors.did_you_mean(unknown[0], task.category_names)
        raise errors.ParameterError("categories", f"task '{task.name}' has no {', '.join(map(repr, unknown))}{near}")
    if params["name"] == "CATEGORY_COUNT":
        return Kind.SCALAR
    if "categories" in params:
        raise errors.ParameterError("categories", "goes with CATEGORY_COUNT; CLASS_DISTRIBUTION is over all categories")
    return Kind.DISTRIBUTION


def labels(params: Params, about: About) -> tuple[str, ...] | None:
    """The categories of the task, of a distribution over them."""
    return about.task(params["task"]).category_names if params["name"] == "CLASS_DISTRIBUTION" else None


def provide(params: Params, context: Context) -> Column:
    """Sum or count over the objects of all samples at once."""
    predictions = context.predictions(params["task"])
    names = predictions.schema.category_names
    valid, reasons = predictions.valid, predictions.reasons
    if params["name"] == "CLASS_DISTRIBUTION":
        values = predictions.total(predictions.class_vectors(spread=False))
        name = f"{params['task']}.CLASS_DISTRIBUTION"
        return Column(name, Kind.DISTRIBUTION, values, labels=names, valid=valid, reasons=reasons)
    wanted = params.get("categories", names)
    counted = np.isin(predictions.categories, [names.index(name) for name in wanted])
    counts = predictions.total(counted.astype(np.int64)).astype(np.int64)
    name = ".".join([params["task"], "CATEGORY_COUNT", *params.get("categories", ())])
    return Column(name, Kind.SCALAR, counts, valid=valid, reasons=reasons)


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare PREDICTIONS."""
    schema = {
        "properties": {
            "task": {
                "type": "string",
                "minLength": 1,
                "description": "A prediction task, or an auto task.",
            },
            "name": {"enum": ["CLASS_DISTRIBUTION", "CATEGORY_COUNT"]},
            "categories": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
                "uniqueItems": True,
                "description": "With CATEGORY_COUNT: names of the categories to count.",
            },
        },
        "required": ["task", "name"],
        "examples": [
            {"task": "classification", "name": "CLASS_DISTRIBUTION"},
            {"task": "object-detection", "name": "CATEGORY_COUNT", "categories": ["dog", "cat"]},
        ],
    }
    yields = {Kind.SCALAR: "with name CATEGORY_COUNT", Kind.DISTRIBUTION: "with name CLASS_DISTRIBUTION"}
    return [
        InputProvider("PREDICTIONS", provide, kind=kind, labels=labels, schema=schema, yields=yields, doc=__doc__ or "")
    ]
