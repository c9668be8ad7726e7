"""Whether strategies can work with the labels of their inputs, as soon as those are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tamis.context.about import RunAbout
from tamis.context.known import Known
from tamis.data.names import names
from tamis.discovery.failing import failed
from tamis.discovery.registry import Registry
from tamis.errors import ConfigError, ParameterError, Problem, join
from tamis.planning.plan import Entry, Plan


def label_problems(entries: Iterable[Entry], about: RunAbout, registry: Registry) -> Iterator[Problem]:
    """What is wrong with entries whose input knows its labels, and whose strategy looks at them.

    Raises:
        BrokenPluginError: a plugin failed in a way that is not about its parameters.
    """
    for entry in entries:
        provider, strategy = entry.provider, entry.strategy
        if strategy.check_labels is None or not entry.strength:
            continue
        try:
            labels = provider.labels(entry.input_params, about)
            labels = None if labels is None else names(labels)
        except BaseException as error:
            raise failed(registry, "input", provider.type, error, f"{entry.path}.input") from error
        try:
            if labels:  # where no sample has a value, there is more to say than that
                strategy.check_labels(entry.strategy_params, labels, entry.kind)
        except ParameterError as error:
            yield Problem(join(f"{entry.path}.strategy", error.parameter), error.message)
        except BaseException as error:
            raise failed(registry, "strategy", strategy.type, error, f"{entry.path}.strategy") from error


def check_labels(plan: Plan, known: Known, registry: Registry) -> None:
    """Look at the labels of metadata that has been read. Raises `ConfigError` with every problem."""
    about = RunAbout(registry, plan.annotations, plan.jobs, asked=plan.fields, metadata=known.metadata)
    if problems := tuple(label_problems(plan.entries, about, registry)):
        raise ConfigError(problems)
