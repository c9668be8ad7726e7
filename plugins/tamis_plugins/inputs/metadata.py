"""A number or a category that describes each image, named by its key.

Keys under ``lightly.`` are tamis's own metrics, such as ``lightly.sharpness``; ``<vendor>.<name>`` are metrics of other
installed plugins (`tamis plugins` lists them); any other key is the path of an entry of
``.lightly/metadata/schema.json``, such as ``weather.temperature``. Numbers work with WEIGHTS and THRESHOLD, integer and
string categories with strategies that take categories. A sample that has no value is left out.
"""

from __future__ import annotations

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl

SELECTABLE = ("NUMERIC_INT", "NUMERIC_FLOAT", "CATEGORICAL_INT", "CATEGORICAL_STRING")


def _is_metric(params: Params, about: About) -> bool:
    """Whether the key is a metric's, and not one of the files."""
    key = params["key"]
    if key.startswith("lightly."):
        return True
    if key in about.metrics and key in about.metadata:
        plugin = about.registry.provider("metric", key)
        raise errors.ParameterError(
            "key", f"'{key}' is a metric of {plugin}, and a path of .lightly/metadata/schema.json: rename the path"
        )
    return key not in about.metadata


def kind(params: Params, about: About) -> Kind:
    """By the metric or the schema's entry."""
    key = params["key"]
    if _is_metric(params, about):
        if not key.startswith("lightly.") and about.metadata and key not in about.metrics:
            near = errors.did_you_mean(key, {*about.metrics, *about.metadata})
            raise errors.ParameterError("key", f"neither a metric nor a path of .lightly/metadata/schema.json{near}")
        try:
            about.metric(key)
        except errors.PluginError as error:
            hint = "; custom metadata is looked up where a dataset is given"
            if folder := about.folder("metadata"):
                hint = "" if key.startswith("lightly.") or about.metadata else f"; there is no {folder}/schema.json"
            raise errors.ParameterError("key", f"{error}{hint}") from error
        return Kind.SCALAR
    field = about.metadata[key]
    if field.data_type == "CATEGORICAL_BOOLEAN":
        raise errors.ParameterError("key", "categorical boolean metadata cannot be used for selection")
    if field.data_type not in SELECTABLE:
        raise errors.ParameterError("key", f"{field.data_type} can't be used, only {', '.join(SELECTABLE)}")
    return field.kind


def needs(params: Params, about: About) -> tuple[str, ...]:
    """The metric of that key, if it is one."""
    return (params["key"],) if _is_metric(params, about) else ()


def provide(params: Params, context: Context) -> Column:
    """From what was measured, or from the files."""
    key = params["key"]
    return context.metric(key) if _is_metric(params, context.about) else context.metadata(key)


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare METADATA."""
    schema = {
        "properties": {"key": {"type": "string", "minLength": 1, "description": "Which metadata."}},
        "required": ["key"],
        "examples": [{"key": "lightly.sharpness"}, {"key": "temperature"}, {"key": "weather"}],
    }
    return [InputProvider("METADATA", provide, kind=kind, needs=needs, schema=schema, doc=__doc__ or "")]
