"""Tasks: predictions made from images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from tamis.data.task_schema import TASK_TYPES, TaskType
from tamis.declarations.checks import clean, is_function, is_name, is_schema, is_text_or_function, one_of, unprepared
from tamis.declarations.params import Params
from tamis.declarations.view import needs_of


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

    name: str = attrs.field(validator=is_name)
    predict: Callable[..., list[dict[str, Any]]] = attrs.field(validator=is_function)
    task_type: TaskType = attrs.field(kw_only=True, validator=one_of(TASK_TYPES))
    categories: Callable[[Params], Iterable[str]] = attrs.field(kw_only=True, validator=is_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    prepare: Callable[[Params], Any] = attrs.field(default=unprepared, kw_only=True, validator=is_function)
    version: str | Callable[[Any], str] = attrs.field(default="", kw_only=True, validator=is_text_or_function)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
    needs: tuple[str, ...] = attrs.field(init=False, eq=False)

    @needs.default
    def _needs(self) -> tuple[str, ...]:
        return needs_of(self.predict)
