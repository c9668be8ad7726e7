"""Where samples lie in the space of an embedder: near each other if they look alike to it.

Of whole images; with ``task``, a task of object detections, keypoints or instance segmentation, of the objects in them;
with ``dataset_id`` and ``tag_name``, of whole images together with those of a tag of another dataset, which SIMILARITY
compares them with.

An object is cut out of its image at its box, made larger by ``padding``, a share of its width and height, and clipped
to the image; a mask has no say. One without a box, or less than ``min_size`` pixels wide or high, is left out. These
two are tamis's own; the documented config has no such parameters.
"""

from __future__ import annotations

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl


def kind(params: Params, about: About) -> Kind:
    """By which parameters there are."""
    query = [name for name in ("dataset_id", "tag_name") if name in params]
    if query and "task" in params:
        raise errors.ParameterError("task", f"a query is of whole images: leave out either 'task' or '{query[0]}'")
    if len(query) == 1:
        other = "tag_name" if query == ["dataset_id"] else "dataset_id"
        raise errors.ParameterError(other, f"is missing: a query has it beside '{query[0]}'")
    if "task" not in params:
        if lost := {"padding", "min_size"} & params.keys():
            raise errors.ParameterError(min(lost), "goes with 'task': it's how objects are cut out")
        about.embeddings()
        if not query:
            return Kind.VECTOR
        try:
            about.query(params["dataset_id"], params["tag_name"])
        except errors.EmbeddingError as error:
            raise errors.ParameterError("dataset_id", str(error)) from error
        return Kind.QUERY
    try:
        about.embeddings(**params)
    except (errors.PredictionError, errors.EmbeddingError) as error:
        raise errors.ParameterError("task", str(error)) from error
    return Kind.VECTORS


def provide(params: Params, context: Context) -> Column:
    """The vectors, which are made once for all inputs."""
    if "dataset_id" not in params:
        return context.embeddings(**params)
    images, query = context.embeddings(), context.query(**params)
    name = f"EMBEDDINGS {params['dataset_id']} {params['tag_name']}"
    return Column(
        name,
        Kind.QUERY,
        images.values,
        query=query,
        query_names=context.query_samples(**params),
        valid=images.valid,
        reasons=images.reasons,
    )


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare EMBEDDINGS."""
    name = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "task": {**name, "description": "A prediction task, or an auto task."},
            "padding": {"type": "number", "minimum": 0, "description": "Share of an object's size to add around it."},
            "min_size": {"type": "integer", "minimum": 1, "description": "Pixels that an object must have across."},
            "dataset_id": {
                **name,
                "description": "Another dataset, by the id that --dataset gives it.",
                "examples": ["reference"],
            },
            "tag_name": {
                **name,
                "description": "A tag of it; initial-tag is all of it.",
                "examples": ["initial-tag"],
            },
        }
    }
    yields = {Kind.VECTOR: "", Kind.VECTORS: "with task", Kind.QUERY: "with dataset_id and tag_name"}
    return [InputProvider("EMBEDDINGS", provide, kind=kind, schema=schema, yields=yields, doc=__doc__ or "")]
