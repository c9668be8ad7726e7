"""Exports: a selection carried to where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from tamis.declarations.checks import clean, is_function, is_name, is_schema, may_be_function


@attrs.frozen
class Export:
    """Writes a selection in a form that another program reads, or to a place that it reads from.

    Attributes:
        name: What ``tamis export OUTDIR NAME TARGET`` calls it. The entry-point name.
        write: ``write(selection, target, options) -> notes``: writes a `Selection` to a target, such as a path. All is
            written, or nothing: `tamis.output_file` and `tamis.output_folder` see to that. What is at the target
            already is kept unless an option ``force`` is true. The notes are texts for the user. The selection may come
            from a run or from a folder; ``selection.dataset`` has the images and annotations. It takes ``registry`` too
            if it has such a parameter: the plugins of the host. May raise `OutputError`, `DatasetError`, and
            `ParameterError` about an option.
        describe: ``describe(subject, target, options) -> notes``: as ``write``, of a `Subject` of which nothing need be
            selected. None if it writes selections only.
        check: ``check(target, options)``: raises `OutputError` if the target can't, or mustn't, be written to, and
            `ConfigError` or `ParameterError` about what its options name. Writes nothing. It is called before ``write``
            and ``describe``, and before a run that ends with the export. It takes ``registry`` too if it has such a
            parameter. None if nothing can be told beforehand.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in.
        doc: What it writes, and who reads that.
    """

    name: str = attrs.field(validator=is_name)
    write: Callable[..., Iterable[str]] = attrs.field(validator=is_function)
    describe: Callable[..., Iterable[str]] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    check: Callable[..., None] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
