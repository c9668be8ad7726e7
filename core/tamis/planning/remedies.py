"""What to do about an input that doesn't fit its strategy, computed from what the installed plugins declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tamis.data.kind import Kind
from tamis.declarations.input import InputProvider
from tamis.declarations.strategy import Strategy
from tamis.discovery.registry import Registry
from tamis.errors import TamisError


def misfit(provider: InputProvider, kind: Kind, strategy: Strategy, registry: Registry, why: Iterable[str]) -> str:
    """What is wrong, which inputs the strategy takes, and which strategies take the input.

    All inputs and strategies are loaded for that; those that can't be are left out. ``why`` says why the input is of
    its kind.
    """
    accepted = sorted(strategy.accepts, key=lambda each: each.name)
    takes = either(each.meaning for each in accepted)
    lines = [f"{strategy.type} takes {takes} for each sample, and this {provider.type} input is {kind.meaning}"]
    lines += why
    if inputs := list(_inputs(provider, accepted, registry)):
        lines.append(f"for {strategy.type}, use {either(inputs)}")
    if takers := [each.type for each in strategies(registry) if kind in each.accepts]:
        lines.append(f"for this input, use {either(takers)}")
    return "; ".join(lines)


def _inputs(provider: InputProvider, kinds: list[Kind], registry: Registry) -> Iterator[str]:
    """Inputs that can yield one of these kinds, and how: the given provider first."""
    others = [each for each in _providers(registry) if each.type != provider.type]
    for each in (provider, *others):
        for kind in kinds:
            if (how := each.yields.get(kind)) is not None:
                yield f"{each.type} {how}".rstrip()


def _providers(registry: Registry) -> Iterator[InputProvider]:
    for key in registry.keys("input"):
        try:
            yield registry.input(key)
        except TamisError:
            continue


def strategies(registry: Registry) -> Iterator[Strategy]:
    """All that can be loaded."""
    for key in registry.keys("strategy"):
        try:
            yield registry.strategy(key)
        except TamisError:
            continue


def either(texts: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = texts
    return f"{', '.join(most)} or {last}" if most else last
