"""What plugins declare.

A plugin module implements one hook, and the hook yields instances of the classes below. They are frozen,
hold plain data and functions, and take everything beyond their first two fields by keyword, so that they can
grow without breaking a plugin. This module imports no numpy: declaring costs nothing.
"""

from __future__ import annotations

import enum
import inspect
import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from tamis.column import Column
    from tamis.context import About, Context
    from tamis.dataset.dataset import Dataset
    from tamis.lightly.predictions import Predictions
    from tamis.selection.objective import Objective
    from tamis.vectors import Vectors

    Attribute = attrs.Attribute[Any]

Params = Mapping[str, Any]
#: Tells the host how much is done of how much, and raises if the host wants to stop.
Report = Callable[[int, int], None]

TaskType = Literal[
    "classification", "object-detection", "keypoint-detection", "instance-segmentation", "semantic-segmentation"
]
#: What a prediction task can be.
TASK_TYPES: tuple[TaskType, ...] = get_args(TaskType)


class Kind(enum.Enum):
    """What an input yields for each sample; a strategy says which kinds it accepts."""

    SCALAR = "scalar"
    """One number."""
    CATEGORY = "category"
    """One of a set of names."""
    VECTOR = "vector"
    """A point in space, such as the embedding of an image."""
    VECTORS = "vectors"
    """Any number of points in space, such as the embeddings of the objects of an image."""
    QUERY = "query"
    """A point in space, and the query points that all samples are compared with."""
    DISTRIBUTION = "distribution"
    """A non-negative amount of each of a set of classes."""

    @property
    def meaning(self) -> str:
        """In a few words, for messages."""
        return _MEANINGS[self.value]


_MEANINGS = {
    "scalar": "a number",
    "category": "one of a set of names",
    "vector": "a vector",
    "vectors": "any number of vectors",
    "query": "a vector, beside those of a query to compare it with",
    "distribution": "amounts of classes",
}


#: The views that tamis itself provides: what opening an image gives, and what decoding it gives.
ROOT_VIEWS = ("header", "image")


def needs_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the views that a function asks for: its parameters without a default.

    Raises:
        TypeError: a parameter can't be passed by name (``*args``, ``**kwargs``, positional-only).
    """
    needs = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"parameter '{parameter}' of {function!r} can't be passed by name")
        if parameter.default is parameter.empty:
            needs.append(name)
    return tuple(needs)


def _no_metrics(params: Params, about: About) -> Iterable[str]:
    return ()


def _never(params: Params) -> bool:
    return False


def _no_check(params: Params) -> None:
    pass


def _kinds(kinds: Iterable[Kind]) -> frozenset[Kind]:
    if isinstance(kinds, Kind) or not all(isinstance(kind, Kind) for kind in kinds):
        raise TypeError(f"accepts is a collection of kinds, such as {{Kind.SCALAR}}, not {kinds!r}")
    return frozenset(kinds)


def names(names_: Iterable[str]) -> tuple[str, ...]:
    """As a tuple. Raises `TypeError` for a single string, which is a collection of its letters."""
    if isinstance(names_, str):
        raise TypeError(f"a collection of names is needed, not the string {names_!r}")
    return tuple(names_)


def _bounds(bounds: Iterable[float | None]) -> tuple[float | None, float | None]:
    given: tuple[Any, ...] = tuple(bounds) if isinstance(bounds, (tuple, list)) else ()
    if len(given) != 2 or not all(isinstance(bound, (int, float, type(None))) for bound in given):
        raise TypeError(f"a range is two numbers or None, not {bounds!r}")
    low, high = given
    if not (-math.inf if low is None else low) <= (math.inf if high is None else high):
        raise ValueError(f"a range goes from a lower to a higher number, not {bounds!r}")
    return low, high


def _clean(doc: str | None) -> str:
    """Docstrings are None under ``python -OO``."""
    if not isinstance(doc, (str, type(None))):
        raise TypeError(f"doc is text, not {doc!r:.80}")
    return inspect.cleandoc(doc or "")


def _task_types(types: Iterable[str]) -> frozenset[str]:
    if unknown := set(names(types)) - set(TASK_TYPES):
        raise ValueError(f"{sorted(unknown)} are no task types: there are {', '.join(TASK_TYPES)}")
    return frozenset(types)


def _is_name(declaration: Any, attribute: Attribute, name: Any) -> None:
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ValueError(f"{attribute.name} is a name of printable characters, not {name!r}")


def _is_key(declaration: Any, attribute: Attribute, key: Any) -> None:
    _is_name(declaration, attribute, key)
    if not re.fullmatch(r"[^.\s]+\.\S+", key):
        raise ValueError(f"the key of a metric is <vendor>.<name>, not {key!r}")


def _is_view_name(declaration: Any, attribute: Attribute, name: Any) -> None:
    _is_name(declaration, attribute, name)
    if name in ROOT_VIEWS:
        raise ValueError(f"tamis itself provides the view of the name {name!r}")
    if not re.fullmatch(r"[a-z]\w*", name) or keyword.iskeyword(name):
        raise ValueError(f"the name of a view is that of a parameter, such as acme_edges, not {name!r}")


def _is_schema(declaration: Any, attribute: Attribute, schema: Any) -> None:
    if not isinstance(schema, Mapping):
        raise TypeError(f"schema is a JSON Schema as a mapping, not {schema!r:.80}")


def _is_text(declaration: Any, attribute: Attribute, text: Any) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{attribute.name} is text, not {text!r:.80}")


def _is_text_or_function(declaration: Any, attribute: Attribute, value: Any) -> None:
    if not isinstance(value, str) and not callable(value):
        raise TypeError(f"{attribute.name} is text or a function, not {value!r:.80}")


def _is_length_or_function(declaration: Any, attribute: Attribute, value: Any) -> None:
    if not (isinstance(value, int) and value >= 0) and not callable(value):
        raise TypeError(f"{attribute.name} is a number of dimensions or a function, not {value!r:.80}")


def _one_of(options: tuple[str, ...]) -> Callable[..., None]:
    def check(declaration: Any, attribute: Attribute, value: Any) -> None:
        if value not in options:
            raise ValueError(f"{attribute.name} is one of {', '.join(options)}, not {value!r}")

    return check


_is_function: Callable[..., None] = attrs.validators.is_callable()
_may_be_function: Callable[..., None] = attrs.validators.optional(attrs.validators.is_callable())


@attrs.frozen
class View:
    """Something derived from an image that metrics share, computed at most once per image.

    Attributes:
        name: What metrics and other views call their parameter to get it. The entry-point name.
        compute: Takes other views by parameter name. tamis itself provides two: ``header``
            (`tamis.Header`, read without decoding) and ``image`` (the decoded `PIL.Image.Image` as
            stored, first frame). An array that it returns is made read-only. Must not change its inputs.
        doc: What it is: shape, dtype, range.
    """

    name: str = attrs.field(validator=_is_view_name)
    compute: Callable[..., Any] = attrs.field(validator=_is_function)
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)
    needs: tuple[str, ...] = attrs.field(init=False, eq=False)

    @needs.default
    def _needs(self) -> tuple[str, ...]:
        return needs_of(self.compute)


@attrs.frozen
class Metric:
    """One number for each image.

    Attributes:
        key: What a config calls it: ``{"type": "METADATA", "key": ...}``. The entry-point name;
            ``<vendor>.<name>`` for third parties, ``lightly.*`` is reserved.
        compute: Takes views by parameter name and returns one finite number. An image on which it
            raises, or returns something else, lacks the value; other images and metrics are not
            affected. May be called from several threads.
        doc: Definition, formula, source.
        dtype: ``"float"`` (stored as float64) or ``"int"`` (stored as int64).
        range: Lowest and highest value it can take; None where there is no bound.
        unit: Such as ``"px"``; empty for a pure number.
    """

    key: str = attrs.field(validator=_is_key)
    compute: Callable[..., float] = attrs.field(validator=_is_function)
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)
    dtype: Literal["float", "int"] = attrs.field(default="float", kw_only=True, validator=_one_of(("float", "int")))
    range: tuple[float | None, float | None] = attrs.field(default=(None, None), kw_only=True, converter=_bounds)
    unit: str = attrs.field(default="", kw_only=True, validator=_is_text)
    needs: tuple[str, ...] = attrs.field(init=False, eq=False)

    @needs.default
    def _needs(self) -> tuple[str, ...]:
        return needs_of(self.compute)


@attrs.frozen
class Scorer:
    """A number for each sample from the predictions of a task.

    Attributes:
        name: The ``score`` of a SCORES input. The entry-point name.
        score: ``score(predictions) -> (n,) float64``, computed over all objects of the dataset at once. A sample
            without a prediction gets 0 whatever it returns.
        task_types: Those of `tamis.TaskSchema.task_type` that it can score.
        doc: Definition, formula, range, source.
    """

    name: str = attrs.field(validator=_is_name)
    score: Callable[[Predictions], npt.NDArray[np.float64]] = attrs.field(validator=_is_function)
    task_types: frozenset[str] = attrs.field(kw_only=True, converter=_task_types)
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)


def _prepared(params: Params) -> Any:
    return params


@attrs.frozen
class Task:
    """Makes predictions from images: a task that needs no files.

    A config's ``auto_tasks`` names it as ``type``, with its parameters; the inputs of the config then use it as they
    use a task of ``.lightly/predictions``. It runs in the same pass over the images as the metrics.

    Attributes:
        name: The ``type`` of an auto task. The entry-point name.
        predict: Takes views by parameter name, and ``options`` if it has such a parameter; returns a list of objects
            as a prediction file has them, with positions in ``categories`` as ``category_id``; numbers may be NumPy's,
            and lists arrays. An image on which it raises has no valid prediction. May be called from several threads.
        task_type: What it predicts: one of those of `TaskSchema.task_type`.
        categories: ``categories(params)``: the names of what it can predict.
        schema: As for `InputProvider`, of the object beside ``type`` and ``name``.
        prepare: ``prepare(params)`` makes the ``options`` for all images, such as a loaded model, before any image is
            opened, once in every process. May raise `ParameterError`.
        version: ``version(options)``, or a string: what predictions depend on beside the version of its distribution
            and its parameters, such as the hash of a model. Those of another version are not reused.
        doc: What it predicts, and how.
    """

    name: str = attrs.field(validator=_is_name)
    predict: Callable[..., list[dict[str, Any]]] = attrs.field(validator=_is_function)
    task_type: TaskType = attrs.field(kw_only=True, validator=_one_of(TASK_TYPES))
    categories: Callable[[Params], Iterable[str]] = attrs.field(kw_only=True, validator=_is_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=_is_schema, hash=False)
    prepare: Callable[[Params], Any] = attrs.field(default=_prepared, kw_only=True, validator=_is_function)
    version: str | Callable[[Any], str] = attrs.field(default="", kw_only=True, validator=_is_text_or_function)
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)
    needs: tuple[str, ...] = attrs.field(init=False, eq=False)

    @needs.default
    def _needs(self) -> tuple[str, ...]:
        return needs_of(self.predict)


@attrs.frozen
class Embedder:
    """Turns images, or objects cut out of them, into vectors.

    It runs in the same pass over the images as the metrics, batch by batch; or it has the vectors already, and finds
    them by the names of the samples; or it trains a model, for another embedder to run. Exactly one of ``embed``,
    ``lookup`` and ``train`` is given.

    Attributes:
        name: What ``--embedder`` calls it. The entry-point name.
        embed: ``embed(images) -> (k, dim)`` numbers, a finite vector for each of a list of k images, in their order.
            The images are what ``preprocess`` made of each. Takes ``options`` too if it has such a parameter. A vector
            must not depend on what else is in the batch. Called from one thread at a time.
        dim: The length of its vectors, or ``dim(options)``.
        version: Identifies, beside the version of its distribution, everything that its vectors depend on: the model's
            hash, the preprocessing. Or ``version(options)``. Vectors of another version are not reused.
        lookup: ``lookup(dataset, options) -> Vectors``, a row for each of its samples, in place of ``embed``. May raise
            `EmbeddingError`.
        train: ``train(dataset, params, path, report) -> notes``, in place of ``embed``: make a model of the images of a
            dataset, and write it to a `pathlib.Path`, whole or not at all; the notes are for the user. Calls
            ``report(done, total)`` often, which raises if the caller wants to stop. May raise `EmbeddingError`.
        preprocess: ``preprocess(rgb)``, and ``options`` if it has such a parameter, makes of one image, ``(H, W, 3)``
            uint8 and read-only, what waits for its batch: small, if images are large. By default a copy of the image.
            May be called from several threads.
        schema: As for `InputProvider`, of its options.
        prepare: ``prepare(params)`` makes the ``options``, such as a loaded model, before any image is opened, once in
            every process. May raise `ParameterError`.
        device: Whether it needs a device of which there is one, such as a GPU: it then runs in one process only. Or
            ``device(options)``.
        doc: What its vectors are, and how they are made.
    """

    name: str = attrs.field(validator=_is_name)
    embed: Callable[..., npt.NDArray[Any]] | None = attrs.field(default=None, validator=_may_be_function)
    dim: int | Callable[[Any], int] = attrs.field(default=0, kw_only=True, validator=_is_length_or_function)
    version: str | Callable[[Any], str] = attrs.field(default="", kw_only=True, validator=_is_text_or_function)
    lookup: Callable[[Dataset, Any], Vectors] | None = attrs.field(
        default=None, kw_only=True, validator=_may_be_function
    )
    train: Callable[[Dataset, Params, Path, Report], Iterable[str]] | None = attrs.field(
        default=None, kw_only=True, validator=_may_be_function
    )
    preprocess: Callable[..., Any] | None = attrs.field(default=None, kw_only=True, validator=_may_be_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=_is_schema, hash=False)
    prepare: Callable[[Params], Any] = attrs.field(default=_prepared, kw_only=True, validator=_is_function)
    device: bool | Callable[[Any], bool] = attrs.field(default=False, kw_only=True)
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)

    def __attrs_post_init__(self) -> None:
        if sum(function is not None for function in (self.embed, self.lookup, self.train)) != 1:
            raise TypeError("an Embedder has either embed, lookup or train")
        if self.embed is not None and (not self.version or not self.dim):
            raise TypeError("an Embedder that embeds images has a dim and a version")


@attrs.frozen
class InputProvider:
    """An input type of the selection config: turns parameters into one value for each sample.

    Attributes:
        type: The ``type`` in the config's ``input``. The entry-point name.
        provide: ``provide(params, context) -> Column``. Everything that exists once per run is
            reached through the context, and computed once however many inputs use it.
        kind: ``kind(params, about) -> Kind``: what ``provide`` will yield, said before any data is
            touched. May raise `ParameterError`.
        schema: JSON Schema (2020-12) of the object beside ``type``. Every parameter is named in
            ``properties``; others are refused. A ``default`` is filled in.
        needs: ``needs(params, about) -> keys`` of the metrics that ``provide`` will read by
            ``context.metric(key)``. Those of all inputs are measured together, so that each image is
            opened once.
        doc: What the input is.
    """

    type: str = attrs.field(validator=_is_name)
    provide: Callable[[Params, Context], Column] = attrs.field(validator=_is_function)
    kind: Callable[[Params, About], Kind] = attrs.field(kw_only=True, validator=_is_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=_is_schema, hash=False)
    needs: Callable[[Params, About], Iterable[str]] = attrs.field(
        default=_no_metrics, kw_only=True, validator=_is_function
    )
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)


@attrs.frozen
class Strategy:
    """A strategy type of the selection config: removes samples, or says which to prefer.

    Exactly one of ``filter`` and ``objective`` is given. Filters run first, then samples are picked one by
    one so that the product of all objectives, each to the power of its ``strength``, is largest.

    Attributes:
        type: The ``type`` in the config's ``strategy``. The entry-point name.
        accepts: The kinds of input that it works on.
        filter: ``filter(column, params) -> (n,) bool``: which samples to keep. Its column holds the samples
            that every input has a value for.
        objective: ``objective(column, params) -> Objective``: what to make large. Its column holds the samples
            that every filter keeps. tamis adds ``strength`` to its schema. Either takes ``report`` too if it has such
            a parameter, and calls ``report(done, total)`` often if it computes for long: that is progress to the host,
            and raises if the host wants to stop.
        schema: As for `InputProvider`.
        check: ``check(params)`` raises `ParameterError` for what a schema can't say, such as one parameter
            that must not exceed another. Called before any data is touched.
        stops: ``stops(params)``: whether it can end a selection before the number of samples is reached; the
            number may then be unlimited.
        doc: What it does, and its formula.
    """

    type: str = attrs.field(validator=_is_name)
    accepts: frozenset[Kind] = attrs.field(kw_only=True, converter=_kinds)
    filter: (
        Callable[[Column, Params], npt.NDArray[np.bool_]]
        | Callable[[Column, Params, Report], npt.NDArray[np.bool_]]
        | None
    ) = attrs.field(default=None, kw_only=True, validator=_may_be_function)
    objective: Callable[[Column, Params], Objective] | Callable[[Column, Params, Report], Objective] | None = (
        attrs.field(default=None, kw_only=True, validator=_may_be_function)
    )
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=_is_schema, hash=False)
    check: Callable[[Params], None] = attrs.field(default=_no_check, kw_only=True, validator=_is_function)
    stops: Callable[[Params], bool] = attrs.field(default=_never, kw_only=True, validator=_is_function)
    doc: str = attrs.field(default="", kw_only=True, converter=_clean)

    def __attrs_post_init__(self) -> None:
        if (self.filter is None) == (self.objective is None):
            raise TypeError("a Strategy has either a filter or an objective")
