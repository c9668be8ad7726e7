"""Where samples lie in the space of an embedder: near each other if they look alike to it.

Of whole images; with ``task``, a task of object detections, keypoints or instance segmentation, of the objects in them.
For SIMILARITY, of whole images together with what they are compared with, which is one of three:

- ``dataset_id`` and ``tag_name``: the images of a tag of another dataset.
- ``text``: what is to be seen, ``"a person with an umbrella"``, or a list of such. The embedder has to know texts as
  well as images; which do is told where one doesn't.
- ``images``: a list of images, by the names of samples, or as files by their paths in the folder of the config
  (``query_images`` in Python, without which there are samples only). They are embedded as samples are; one that can't
  be read ends the run.

An object is cut out of its image at its box, made larger by ``padding``, a share of its width and height, and clipped
to the image; a mask has no say. One without a box, or less than ``min_size`` pixels wide or high, is left out.

``text``, ``images``, ``padding`` and ``min_size`` are tamis's own; the documented config has no such parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl

#: The parameters of each way to name what images are compared with.
QUERIES = (("dataset_id", "tag_name"), ("text",), ("images",))
#: How many of a query's texts or images the name of a column has.
NAMED = 3


def kind(params: Params, about: About) -> Kind:
    """By which parameters there are."""
    query = next(([name for name in names if name in params] for names in QUERIES if params.keys() & set(names)), [])
    _check_apart(params, query)
    if "task" in params:
        try:
            about.embeddings(**params)
        except (errors.PredictionError, errors.EmbeddingError) as error:
            raise errors.ParameterError("task", str(error)) from error
        return Kind.VECTORS
    about.embeddings()
    if not query:
        return Kind.VECTOR
    try:
        if "text" in query:
            about.query_texts(_listed(params["text"]))
        elif "images" in query:
            about.query_images(params["images"])
        else:
            about.query(params["dataset_id"], params["tag_name"])
    except errors.EmbeddingError as error:
        raise errors.ParameterError(query[0], str(error)) from error
    return Kind.QUERY


def _check_apart(params: Params, query: Sequence[str]) -> None:
    """Raise `ParameterError` for parameters that don't go together."""
    for names in QUERIES:
        if query and not set(query) & set(names) and (other := next((name for name in names if name in params), None)):
            raise errors.ParameterError(other, f"a query is of one thing: leave out either '{other}' or '{query[0]}'")
    if query and "task" in params:
        raise errors.ParameterError("task", f"a query is of whole images: leave out either 'task' or '{query[0]}'")
    if len(query) == 1 and query[0] in QUERIES[0]:
        (other,) = set(QUERIES[0]) - set(query)
        raise errors.ParameterError(other, f"is missing: a query has it beside '{query[0]}'")
    if any("\ud800" <= letter <= "\udfff" for text in _listed(params.get("text", ())) for letter in text):
        raise errors.ParameterError("text", "holds half a character, which no model can read")
    if "task" not in params and (lost := {"padding", "min_size"} & params.keys()):
        raise errors.ParameterError(min(lost), "goes with 'task': it's how objects are cut out")


def provide(params: Params, context: Context) -> Column:
    """The vectors, which are made once for all inputs."""
    if "text" in params:
        texts = _listed(params["text"])
        return _compared(_called(texts), context, context.query_texts(texts), texts, "text")
    if "images" in params:
        images = tuple(params["images"])
        return _compared(_called(images), context, context.query_images(images), images, "image")
    if "dataset_id" not in params:
        return context.embeddings(**params)
    called = f"{params['dataset_id']} {params['tag_name']}"
    return _compared(called, context, context.query(**params), context.query_samples(**params), "sample")


def _compared(
    called: str, context: Context, query: npt.NDArray[np.float32], names: Sequence[str], query_of: str
) -> Column:
    """The images, beside what they are compared with."""
    images = context.embeddings()
    return Column(
        f"EMBEDDINGS {called}",
        Kind.QUERY,
        images.values,
        query=query,
        query_names=names,
        query_of=query_of,
        valid=images.valid,
        reasons=images.reasons,
    )


def _listed(text: str | Sequence[str]) -> tuple[str, ...]:
    """One text or several."""
    return (text,) if isinstance(text, str) else tuple(text)


def _called(names: Sequence[str]) -> str:
    """What a config names, in a few words."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(repr, names[:NAMED])) + more


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
            "text": {
                "type": ["string", "array"],
                "pattern": r"\S",
                "items": {"type": "string", "pattern": r"\S"},
                "minItems": 1,
                "uniqueItems": True,
                "description": "What is to be seen: a text, or several. The embedder has to know texts.",
            },
            "images": {
                "type": "array",
                "items": name,
                "minItems": 1,
                "uniqueItems": True,
                "description": "Samples by name, or files by their paths in the folder of the config.",
            },
        }
    }
    yields = {
        Kind.VECTOR: "",
        Kind.VECTORS: "with task",
        Kind.QUERY: "with text, with images, or with dataset_id and tag_name",
    }
    return [InputProvider("EMBEDDINGS", provide, kind=kind, schema=schema, yields=yields, doc=__doc__ or "")]
