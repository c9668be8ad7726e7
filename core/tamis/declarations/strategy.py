"""Strategies: which samples to keep, or which to prefer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate

import attrs

from tamis.data.kind import Kind
from tamis.declarations.checks import clean, is_function, is_name, is_schema, may_be_function
from tamis.declarations.params import Params, Report

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tamis.data.column import Column
    from tamis.declarations.objective import Objective


def _never(params: Params) -> bool:
    return False


def _no_check(params: Params) -> None:
    pass


def _kinds(kinds: Iterable[Kind]) -> frozenset[Kind]:
    if isinstance(kinds, Kind) or not all(isinstance(kind, Kind) for kind in kinds):
        raise TypeError(f"accepts is a collection of kinds, such as {{Kind.SCALAR}}, not {kinds!r}")
    if not (accepted := frozenset(kinds)):
        raise ValueError("accepts is empty: name the kinds of input that it works on, such as {Kind.SCALAR}")
    return accepted


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
            and raises if the host wants to stop. An
            objective takes ``memory`` too if it has such a parameter: a `Memory`, for large arrays. One that takes
            ``rows`` gets the column of all samples, of which those, ``(k,)`` row numbers in ascending order, are the
            ones that it is about, and numbers them from 0: so their values need not be copied, as `Column.take` does.
            One that takes ``recall``, and looks for neighbours, gets the share of them that it has to find, between 0
            and 1, or None if it is all of them; it tells what share it has found as ``recall`` of `Objective.reached`.
        keeps: ``keeps(params) -> str``: what a filter keeps, in words that go on "no sample is", such as
            ``"SMALLER than 0.5"``: for messages. By default its type and parameters.
        schema: As for `InputProvider`.
        check: ``check(params)`` raises `ParameterError` for what a schema can't say, such as one parameter
            that must not exceed another. Called before any data is touched.
        check_labels: ``check_labels(params, labels, kind)`` raises `ParameterError` for what the labels of its input
            don't allow, such as a target for a class that there isn't. Called before any image is opened, where they're
            known by then; where not, it's for the filter or objective to say.
        stops: ``stops(params)``: whether it can end a selection before the number of samples is reached; the
            number may then be unlimited.
        additive: Whether its objective is a sum over the selected samples of numbers that never change, so that it may
            stand beside a strategy that ``chooses``: a `Gains` that is constant.
        chooses: Whether its objective is a `Chooser`, which chooses the whole selection at once. A config has one at
            the most, and beside it only filters and what is ``additive``.
        doc: What it does, and its formula.
    """

    type: str = attrs.field(validator=is_name)
    accepts: frozenset[Kind] = attrs.field(kw_only=True, converter=_kinds)
    filter: (
        Callable[[Column, Params], npt.NDArray[np.bool_]]
        | Callable[[Column, Params, Report], npt.NDArray[np.bool_]]
        | None
    ) = attrs.field(default=None, kw_only=True, validator=may_be_function)
    #: Beside the two, by name: those of ``report``, ``memory``, ``rows`` and ``recall`` that it has parameters for.
    objective: Callable[Concatenate[Column, Params, ...], Objective] | None = attrs.field(
        default=None, kw_only=True, validator=may_be_function
    )
    keeps: Callable[[Params], str] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    check: Callable[[Params], None] = attrs.field(default=_no_check, kw_only=True, validator=is_function)
    check_labels: Callable[[Params, tuple[str, ...], Kind], None] | None = attrs.field(
        default=None, kw_only=True, validator=may_be_function
    )
    stops: Callable[[Params], bool] = attrs.field(default=_never, kw_only=True, validator=is_function)
    additive: bool = attrs.field(default=False, kw_only=True)
    chooses: bool = attrs.field(default=False, kw_only=True)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)

    def __attrs_post_init__(self) -> None:
        if (self.filter is None) == (self.objective is None):
            raise TypeError("a Strategy has either a filter or an objective")
        if (self.additive or self.chooses) and self.objective is None:
            raise TypeError("a filter is neither additive nor does it choose: that is for objectives")
        if self.additive and self.chooses:
            raise TypeError("a Strategy is either additive or chooses the whole selection")
