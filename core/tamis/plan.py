"""The plan: a config that has been checked against the plugins it names, before any data is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import attrs

from tamis.config import canonical, join, plain, with_defaults
from tamis.context import About
from tamis.declarations import InputProvider, Kind, Params, Strategy
from tamis.errors import BrokenPluginError, ConfigError, ParameterError, PluginError, Problem
from tamis.registry import Registry
from tamis.schema import compose, input_schema, strategy_schema
from tamis.validation import SchemaError, Unresolvable, check_schema, find_problems

_TOP = compose({}, {}, (), ())


@attrs.frozen(eq=False)
class Entry:
    """One of the config's ``strategies``: an input, and what to do with it.

    Attributes:
        path: Where it stands: ``strategies[0]``.
        kind: What the input yields.
        needs: Metrics that the input reads.
        repeat: How many entries before it have the very same input.
    """

    path: str
    provider: InputProvider
    input_params: Params
    strategy: Strategy
    strategy_params: Params
    kind: Kind
    needs: tuple[str, ...]
    repeat: int

    @property
    def strength(self) -> float:
        """The exponent of its objective; 1 for a filter, which has none."""
        return float(self.strategy_params.get("strength", 1.0))


@attrs.frozen
class Plan:
    """A config ready to run.

    Attributes:
        config: As run: canonical names, defaults filled in.
        entries: In the order of the config.
    """

    config: Mapping[str, Any]
    entries: tuple[Entry, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """The metrics that any input reads, each once."""
        return tuple(dict.fromkeys(key for entry in self.entries for key in entry.needs))

    def limit(self, usable: int) -> int:
        """How many samples to select out of so many usable ones."""
        if "n_samples" in self.config:
            asked = int(self.config["n_samples"])
            return usable if asked == -1 else asked
        share = Decimal(str(self.config["proportion_samples"]))
        rounded = int((share * usable).quantize(Decimal(1), ROUND_HALF_UP))
        return max(rounded, 1) if share > 0 else 0

    def seeds(self) -> dict[str, int]:
        """Every seed of the run, by its path in the config."""
        return {
            f"{entry.path}.{where}.{name}": value
            for entry in self.entries
            for where, params in (("input", entry.input_params), ("strategy", entry.strategy_params))
            for name, value in params.items()
            if name.endswith("seed") and isinstance(value, int)
        }


def make_plan(config: Any, registry: Registry) -> Plan:
    """Check a config and prepare to run it. The config is not changed.

    Only the plugins that it names are loaded.

    Raises:
        ConfigError: with every problem that was found.
    """
    return _Planner(registry).plan(config)


def composed_schema(registry: Registry) -> tuple[dict[str, Any], list[PluginError]]:
    """The JSON Schema of every installed plugin, and those plugins that can't take part.

    Loads every input and strategy plugin.
    """
    planner = _Planner(registry)
    refused: list[PluginError] = []
    for where in ("input", "strategy"):
        for type_ in registry.keys("input" if where == "input" else "strategy"):
            try:
                planner.schema(where, type_)
            except PluginError as error:
                refused.append(error)
    inputs, strategies = planner.schemas["input"], planner.schemas["strategy"]
    return compose(inputs, strategies, inputs, strategies), refused


class _Planner:
    """Collects the problems of one config."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._problems: list[Problem] = []
        self.schemas: dict[str, dict[str, Mapping[str, Any]]] = {"input": {}, "strategy": {}}

    def plan(self, config: Any) -> Plan:
        if not isinstance(config, Mapping):
            raise ConfigError((Problem("", "a selection config is a JSON object"),))
        data = canonical(plain(config, "", self._problems), _TOP, "", self._problems)
        listed = data.get("strategies")
        for number, entry in enumerate(listed if isinstance(listed, list) else ()):
            listed[number] = self._canonical_entry(entry, f"strategies[{number}]")
        self._problems += [problem for problem in self._find(data) if not self._reported(problem)]
        entries = tuple(self._entries(data))
        if not self._problems:
            self._check_unlimited(data, entries)
        if self._problems:
            raise ConfigError(tuple(sorted(dict.fromkeys(self._problems), key=_in_config_order)))
        return Plan(data, entries)

    def schema(self, where: str, type_: str) -> Mapping[str, Any]:
        """The schema of an input or strategy type, composed once. Raises `PluginError`."""
        if type_ not in self.schemas[where]:
            if where == "input":
                schema = input_schema(self._registry.input(type_))
                plugin = self._registry.provider("input", type_)
            else:
                schema = strategy_schema(self._registry.strategy(type_))
                plugin = self._registry.provider("strategy", type_)
            try:
                check_schema(schema)
            except SchemaError as error:
                message = f"{where} '{type_}' of {plugin} contributes an invalid schema: {error.message}"
                raise BrokenPluginError(message) from error
            self.schemas[where][type_] = schema
        return self.schemas[where][type_]

    def _find(self, data: Any) -> list[Problem]:
        inputs, strategies = self._registry.keys("input"), self._registry.keys("strategy")
        schema = compose(self.schemas["input"], self.schemas["strategy"], inputs, strategies)
        try:
            return find_problems(data, schema)
        except Unresolvable as error:
            raise BrokenPluginError(f"a plugin's schema refers to what isn't in it: {error}") from error

    def _canonical_entry(self, entry: Any, path: str) -> Any:
        """Canonical names and defaults of one entry, by the schemas of the plugins that it names."""
        if not isinstance(entry, dict):
            return entry
        entry = dict(entry)
        for where in ("input", "strategy"):
            part = entry.get(where)
            type_ = part.get("type") if isinstance(part, dict) else None
            if not isinstance(type_, str):
                continue
            try:
                schema = self.schema(where, type_)
            except PluginError as error:
                self._problems.append(Problem(f"{path}.{where}.type", str(error)))
            else:
                part = canonical(part, schema, f"{path}.{where}", self._problems)
                entry[where] = with_defaults(part, schema)
        return entry

    def _entries(self, data: dict[str, Any]) -> Iterator[Entry]:
        """The entries in which no problem has been found, checked for what a schema can't say."""
        listed = data.get("strategies")
        seen: list[Any] = []
        for number, entry in enumerate(listed if isinstance(listed, list) else ()):
            path = f"strategies[{number}]"
            if any(problem.path.startswith(path) for problem in self._problems):
                continue
            provider = self._registry.input(entry["input"]["type"])
            strategy = self._registry.strategy(entry["strategy"]["type"])
            params = {name: value for name, value in entry["input"].items() if name != "type"}
            strategy_params = {name: value for name, value in entry["strategy"].items() if name != "type"}
            about = About(self._registry)
            try:
                kind = provider.kind(params, about)
                needs = tuple(provider.needs(params, about))
            except Exception as error:  # noqa: BLE001 (a plugin may raise anything)
                self._refused(f"{path}.input", "input", provider.type, error)
                continue
            try:
                strategy.check(strategy_params)
            except Exception as error:  # noqa: BLE001 (a plugin may raise anything)
                self._refused(f"{path}.strategy", "strategy", strategy.type, error)
            if kind not in strategy.accepts:
                accepted = " or ".join(sorted(kind.name for kind in strategy.accepts))
                self._problems.append(
                    Problem(
                        path,
                        f"{strategy.type} accepts {accepted} inputs, and this {provider.type} input is {kind.name}",
                    )
                )
            repeat = seen.count(entry["input"])
            seen.append(entry["input"])
            yield Entry(path, provider, params, strategy, strategy_params, kind, needs, repeat)

    def _refused(self, path: str, where: str, type_: str, error: Exception) -> None:
        if isinstance(error, ParameterError):
            self._problems.append(Problem(join(path, error.parameter), error.message))
        elif isinstance(error, PluginError):
            self._problems.append(Problem(path, str(error)))
        else:
            plugin = self._registry.provider("input" if where == "input" else "strategy", type_)
            message = f"{where} '{type_}' of {plugin} failed: {type(error).__name__}: {error}"
            raise BrokenPluginError(message) from error

    def _reported(self, problem: Problem) -> bool:
        """Whether a problem with a type is a plugin's, which has been described already."""
        return problem.path.endswith(".type") and any(p.path == problem.path for p in self._problems)

    def _check_unlimited(self, data: dict[str, Any], entries: tuple[Entry, ...]) -> None:
        stops = any(name in entry.strategy_params for entry in entries for name in entry.strategy.stopping)
        if data.get("n_samples") == -1 and not stops:
            message = "-1 sets no limit, so some strategy must have a stopping condition; none has"
            self._problems.append(Problem("n_samples", message))


def _in_config_order(problem: Problem) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", problem.path)]
