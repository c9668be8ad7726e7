"""A number that describes each image, named by its key.

Keys under ``lightly.`` are tamis's own metrics, such as ``lightly.sharpness``; ``<vendor>.<name>`` are metrics of
other installed plugins. `tamis plugins` lists them all, and `tamis plugins show KEY` says what each one is.
Works with WEIGHTS and THRESHOLD. A sample on which the metric fails has no value, and is left out.
"""

from __future__ import annotations

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl


def kind(params: Params, about: About) -> Kind:
    """A number, once it's certain that there is such a metric."""
    try:
        about.metric(params["key"])
    except errors.PluginError as error:
        raise errors.ParameterError("key", str(error)) from error
    return Kind.SCALAR


def needs(params: Params, about: About) -> tuple[str, ...]:
    """The metric of that key."""
    return (params["key"],)


def provide(params: Params, context: Context) -> Column:
    """The metric, measured together with all others."""
    return context.metric(params["key"])


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare METADATA."""
    schema = {
        "properties": {"key": {"type": "string", "minLength": 1, "description": "Which metadata."}},
        "required": ["key"],
    }
    return [InputProvider("METADATA", provide, kind=kind, needs=needs, schema=schema, doc=__doc__ or "")]
