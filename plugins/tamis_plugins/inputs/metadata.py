"""A number or a category that describes each image, named by its key.

Keys under ``lightly.`` are tamis's own metrics, such as ``lightly.sharpness``; metadata of the same name is passed over
with a note. ``<vendor>.<name>`` are metrics of other installed plugins (`tamis plugins` lists them); any other key is a
metadata field of the dataset's annotations, such as ``weather.temperature``: an entry of
``.lightly/metadata/schema.json``, or a column of a table. ``path.scene`` is what the config's ``lightly_path_regex``
finds in a sample's name by its group ``(?P<scene>...)``; without such an expression, ``path.folder`` is the name of the
sample's folder. Numbers work with WEIGHTS and THRESHOLD, categories, be they of metrics such as ``tamis.format`` or of
fields, with strategies that take categories. A sample that has no value is left out.

With ``task`` the key is a metric of each object of a prediction task, cut out of its image: ``lightly.sharpness`` of
the cars, not of the picture. ``aggregate`` says which number counts for the image: ``min``, ``mean``, the default, or
``max``. A box is clipped to its image, and its corners truncated to whole pixels. Objects without a box, a pixel or
such a value are left out, and counted in a note; an image in which no object is left has no value.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from tamis import About, Column, Context, InputProvider, Kind, MetadataField, Params, errors, hookimpl
from tamis_plugins.objects.aggregates import AGGREGATES, aggregated

#: What keys begin with that come from the names of samples.
PATH = "path."


def _is_metric(params: Params, about: About) -> bool:
    """Whether the key is a metric's, and not one of the annotations."""
    key = params["key"]
    if key.startswith("lightly."):
        return True
    if key in about.metrics:
        if key in _fields(about):
            raise errors.ParameterError(
                "key", f"'{key}' is a metric of an installed plugin, and metadata of {about.where}: rename the metadata"
            )
        return True
    return key not in about.fields


def _fields(about: About) -> Mapping[str, MetadataField]:
    """The metadata fields; none where they can't be read, which is no matter to a metric."""
    try:
        return about.fields
    except errors.MetadataError:
        return {}


def kind(params: Params, about: About) -> Kind:
    """By the metric or the field."""
    key = params["key"]
    if (task := params.get("task")) is not None:
        return _of_objects(key, task, about)
    if "aggregate" in params:
        raise errors.ParameterError("aggregate", 'is of the objects of a task: name it by "task"')
    if _is_metric(params, about):
        known = [] if key.startswith("lightly.") else [field for field in _fields(about) if not field.startswith(PATH)]
        if not key.startswith("lightly.") and about.has_data and known and key not in about.metrics:
            near = errors.did_you_mean(key, {*about.metrics, *about.fields})
            raise errors.ParameterError("key", f"neither a metric nor metadata of {about.where}{near}")
        try:
            return about.metric(key).kind
        except errors.PluginError as error:
            hint = ""
            if key.startswith(PATH):
                hint = "; such keys are the named groups of lightly_path_regex, or path.folder without one"
            elif not about.has_data:
                hint = "; metadata is looked up where a dataset is given"
            elif not key.startswith("lightly.") and not known:
                where = f" in {about.where}" if about.where else ""
                hint = f"; there is no metadata{where}: name it by --lightly DIR, or --annotations FORMAT:LOCATION"
            raise errors.ParameterError("key", f"{error}{hint}") from error
    field = about.field(key)
    if field.refusal:
        raise errors.ParameterError("key", field.refusal)
    return field.kind


def _of_objects(key: str, task: str, about: About) -> Kind:
    if key not in about.metrics and key in about.fields:
        raise errors.ParameterError(
            "key", f"'{key}' is metadata of whole samples: objects have metrics only, such as lightly.sharpness"
        )
    try:
        metric = about.metric(key)
    except errors.PluginError as error:
        raise errors.ParameterError("key", str(error)) from error
    if metric.kind is not Kind.SCALAR:
        raise errors.ParameterError(
            "key", f"'{key}' is a category, of which objects of an image have no min, mean or max: use a number"
        )
    try:
        about.objects(key, task)
    except errors.PredictionError as error:
        raise errors.ParameterError("task", str(error)) from error
    return Kind.SCALAR


def needs(params: Params, about: About) -> tuple[str, ...]:
    """The metric of that key, if it is one of whole images."""
    return (params["key"],) if "task" not in params and _is_metric(params, about) else ()


def labels(params: Params, about: About) -> tuple[str, ...] | None:
    """Those of the field, once its values have been read."""
    return about.labels(params["key"])


def provide(params: Params, context: Context) -> Column:
    """From what was measured, or from the annotations."""
    key = params["key"]
    if (task := params.get("task")) is not None:
        return aggregated(key, task, params.get("aggregate", "mean"), context)
    return _measured(key, context) if _is_metric(params, context.about) else context.metadata(key)


def _measured(key: str, context: Context) -> Column:
    """A metric of whole images, with a note where metadata of the same name is passed over."""
    column = context.metric(key)
    if not _has_field(key, context.about):
        return column
    note = (
        f"metadata '{key}' is passed over, as tamis measures what is called so: to select by it, rename it, such as "
        f"'{key.removeprefix('lightly.')}', in {context.about.where}"
    )
    return attrs.evolve(column, notes=(*column.notes, note))


def _has_field(key: str, about: About) -> bool:
    """Whether metadata is called so; where it can't be read, that is no matter to a metric."""
    try:
        return key in about.fields
    except errors.TamisError:
        return False


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare METADATA."""
    schema = {
        "properties": {
            "key": {"type": "string", "minLength": 1, "description": "Which metadata."},
            "task": {"type": "string", "minLength": 1, "description": "The task whose objects a metric is of."},
            "aggregate": {"enum": list(AGGREGATES), "description": "What counts of the objects of an image."},
        },
        "required": ["key"],
        "examples": [{"key": "lightly.sharpness"}, {"key": "temperature"}, {"key": "weather"}],
    }
    yields = {Kind.SCALAR: "with the key of a number", Kind.CATEGORY: "with the key of a category"}
    return [
        InputProvider(
            "METADATA",
            provide,
            kind=kind,
            needs=needs,
            labels=labels,
            schema=schema,
            yields=yields,
            doc=__doc__ or "",
        )
    ]
