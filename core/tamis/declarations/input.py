"""Input providers: a value for each sample, as the input of a config's strategy asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from tamis.data.kind import Kind
from tamis.declarations.checks import clean, is_function, is_name, is_schema
from tamis.declarations.context import About, Context
from tamis.declarations.params import Params, Report

if TYPE_CHECKING:
    from tamis.data.column import Column


def _no_metrics(params: Params, about: About) -> Iterable[str]:
    return ()


def _are_kinds(provider: Any, attribute: Any, yields: Any) -> None:
    if not isinstance(yields, Mapping) or not all(
        isinstance(kind, Kind) and isinstance(how, str) for kind, how in yields.items()
    ):
        raise TypeError(
            f"yields says in words how to ask for each Kind, such as {{Kind.SCALAR: ''}}, not {yields!r:.80}"
        )


def _unknown(params: Params, about: About) -> None:
    return None


@attrs.frozen
class InputProvider:
    """An input type of the selection config: turns parameters into one value for each sample.

    Attributes:
        type: The ``type`` in the config's ``input``. The entry-point name.
        provide: ``provide(params, context) -> Column``. Everything that exists once per run is
            reached through the context, and computed once however many inputs use it. It takes ``report`` too if it
            has such a parameter, and calls ``report(done, total)`` often if it computes for long: that is progress to
            the host, and raises if the host wants to stop.
        kind: ``kind(params, about) -> Kind``: what ``provide`` will yield, said before any data is
            touched. May raise `ParameterError`.
        schema: JSON Schema (2020-12) of the object beside ``type``. Every parameter is named in
            ``properties``; others are refused. A ``default`` is filled in.
        needs: ``needs(params, about) -> keys`` of the metrics that ``provide`` will read by
            ``context.metric(key)``. Those of all inputs are measured together, so that each image is
            opened once.
        yields: The kinds that it can yield, each with the parameters that ask for it, in a few words that follow its
            type: ``{Kind.VECTOR: "", Kind.VECTORS: "with task"}``. A message about an input that doesn't fit its
            strategy names those that would.
        labels: ``labels(params, about)``: the labels that the column will have, where they're known before any image
            is opened, so that a strategy can refuse one that there isn't before the work; None where they aren't.
            Asked after ``kind``, and again when metadata has been read: see `About.labels`.
        doc: What the input is.
    """

    type: str = attrs.field(validator=is_name)
    provide: Callable[[Params, Context], Column] | Callable[[Params, Context, Report], Column] = attrs.field(
        validator=is_function
    )
    kind: Callable[[Params, About], Kind] = attrs.field(kw_only=True, validator=is_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    needs: Callable[[Params, About], Iterable[str]] = attrs.field(
        default=_no_metrics, kw_only=True, validator=is_function
    )
    yields: Mapping[Kind, str] = attrs.field(factory=dict, kw_only=True, validator=_are_kinds, hash=False)
    labels: Callable[[Params, About], Iterable[str] | None] = attrs.field(
        default=_unknown, kw_only=True, validator=is_function
    )
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
