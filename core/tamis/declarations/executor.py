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
    """Makes an executor: processes of this machine, or of others.

    Attributes:
        name: What ``--executor NAME`` calls it. The entry-point name.
        make: ``make(options) -> concurrent.futures.Executor``. tamis enters and leaves it as a context manager around a
            run, submits picklable functions with picklable arguments, and expects the result, or what was raised, in
            the future; `concurrent.futures.BrokenExecutor` says that work was lost with its worker, and is done again.
            An attribute ``jobs`` tells how many it works on at a time. May raise `ParameterError` and `RunError`.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in. An option named ``jobs`` or ``timeout`` takes what ``--jobs`` and ``--timeout``
            say.
        doc: Where it works, and what has to be there.
    """

    name: str = attrs.field(validator=is_name)
    make: Callable[[Params], Executor] = attrs.field(validator=is_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
