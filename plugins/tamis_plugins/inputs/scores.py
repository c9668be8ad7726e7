"""An active-learning score: how much labelling a sample might teach the model that made the predictions.

``task`` is a prediction task of the dataset's annotations, such as ``.lightly/predictions``, or an auto task; ``score``
is the name of a scorer (`tamis plugins --kind scorer` lists them). Works with WEIGHTS and THRESHOLD. A sample without a
prediction has score 0; one whose prediction is invalid is left out.
"""

from __future__ import annotations

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl


def kind(params: Params, about: About) -> Kind:
    """A number, once it's certain that the score fits the task."""
    try:
        scorer = about.scorer(params["score"])
    except errors.PluginError as error:
        raise errors.ParameterError("score", str(error)) from error
    try:
        task = about.task(params["task"])
    except errors.PredictionError as error:
        raise errors.ParameterError("task", str(error)) from error
    if task.task_type not in scorer.task_types:
        takes = " or ".join(sorted(scorer.task_types))
        raise errors.ParameterError(
            "score", f"'{scorer.name}' takes {takes} tasks, and '{task.name}' is {task.task_type}"
        )
    return Kind.SCALAR


def provide(params: Params, context: Context) -> Column:
    """Score all samples at once."""
    predictions = context.predictions(params["task"])
    values = context.score(params["score"], params["task"])
    name = f"{params['task']}.{params['score']}"
    return Column(name, Kind.SCALAR, values, valid=predictions.valid, reasons=predictions.reasons)


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare SCORES."""
    name = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "task": {**name, "description": "A prediction task, or an auto task."},
            "score": {**name, "description": "The name of a scorer."},
        },
        "required": ["task", "score"],
        "examples": [{"task": "object-detection", "score": "object_frequency"}],
    }
    return [InputProvider("SCORES", provide, kind=kind, schema=schema, yields={Kind.SCALAR: ""}, doc=__doc__ or "")]
