"""Executors: where images are measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from tamis.declarations.checks import clean, is_function, is_name, is_schema
from tamis.declarations.params import Params

if TYPE_CHECKING:
    from concurrent.futures import Executor


@attrs.frozen
class ExecutorFactory:
    """Makes an executor, which works on images in processes of this machine or of others.

    Attributes:
        name: What ``--executor NAME`` calls it. The entry-point name.
        make: ``make(options) -> concurrent.futures.Executor``, for one run. tamis enters it as a context manager,
            submits functions and arguments that pickle, and leaves it when the run ends. A future holds what the
            function returned or raised. `concurrent.futures.BrokenExecutor` in it says that a worker was lost with its
            batch; tamis submits that batch again. A future that is never done holds the run up until its caller
            cancels it. The executor's attribute ``jobs`` is the number of batches that it
            works on at a time. May raise `RunError`, and `ParameterError` about an option.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in. ``--jobs`` (a number of processes) and ``--timeout`` (seconds for one image)
            are passed as the options ``jobs`` and ``timeout``; without these in the schema, they are refused.
        doc: Where it works, and what must be installed there.
    """

    name: str = attrs.field(validator=is_name)
    make: Callable[[Params], Executor] = attrs.field(validator=is_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
