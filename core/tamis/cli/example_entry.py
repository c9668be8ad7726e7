"""An entry of a config to start from, for `tamis plugins show` of an input or a strategy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import attrs

from tamis.cli.listing import USABLE
from tamis.config.reading import with_defaults
from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.printable import printable_lines
from tamis.validation import find_problems

if TYPE_CHECKING:
    from tamis import Annotations, Kind, Strategy

#: What an entry is made of; each names a plugin of that kind.
PARTS: tuple[PluginKind, ...] = ("input", "strategy")
LEAD = "An entry for a config's strategies:"
OWN_NAMES = "An entry for a config's strategies; put the names that your annotations have:"


def example_entry(kind: PluginKind, key: str, registry: Registry) -> str:
    """The entry as indented JSON, after a line that says what it is; nothing if none can be made.

    It is made of the ``examples`` and defaults of schemas. An input goes with the first strategy of tamis that accepts
    its values, and a strategy with the first input whose values it accepts. What needs predictions or metadata is tried
    on the data that the conformance kit tries examples on.
    """
    if kind not in PARTS:
        return ""
    if entry := _Maker(registry).entry(kind, key):
        return _shown(LEAD, entry)
    from tamis.dataset.dataset import LIGHTLY
    from tamis.dataset.opening import read_annotations
    from tamis.testing.lightly import write_lightly

    with TemporaryDirectory() as folder:
        write_lightly(Path(folder))
        entry = _Maker(registry, read_annotations(LIGHTLY, folder, {}, registry)).entry(kind, key)
    return _shown(OWN_NAMES, entry) if entry else ""


def _shown(lead: str, entry: Mapping[str, Any]) -> str:
    parts = [f'  "{part}": {json.dumps(entry[part], ensure_ascii=False)}' for part in PARTS]
    return printable_lines("\n".join([lead, "{", ",\n".join(parts), "}"]))


@attrs.frozen(eq=False)
class _Maker:
    """Tries examples; without annotations, those that can be judged without data."""

    registry: Registry
    annotations: Annotations | None = None

    def entry(self, kind: PluginKind, key: str) -> dict[str, Any]:
        """The first that fits; empty if there is none."""
        inputs = [key] if kind == "input" else self._own("input")
        types = [key] if kind == "strategy" else self._own("strategy")
        strategies = [self.registry.strategy(type_) for type_ in types]
        strategies.sort(key=lambda strategy: strategy.objective is None)  # a filter by itself prefers nothing
        for type_ in inputs:
            for params, values in self._judged(type_):
                for strategy in strategies:
                    if values in strategy.accepts and (settings := _settings(strategy)) is not None:
                        strategy_part = {"type": strategy.type, **settings}
                        return {"input": {"type": type_, **params}, "strategy": strategy_part}
        return {}

    def _own(self, kind: PluginKind) -> list[str]:
        """Keys of tamis's own plugins: no third party's is imported for an example of another."""
        found = [status.plugin for status in self.registry.plugins() if status.state in USABLE]
        return [plugin.key for plugin in found if plugin.kind == kind and not plugin.third_party]

    def _judged(self, type_: str) -> Iterator[tuple[dict[str, Any], Kind]]:
        """Example parameters of an input that hold, and the kind of the values that they ask for."""
        from tamis.context.about import RunAbout

        provider = self.registry.input(type_)
        for params in _examples(provider.schema):
            about = RunAbout(self.registry, self.annotations)
            try:
                yield params, provider.kind(params, about)
            except Exception:  # noqa: BLE001, S112 (it may need data that there is none of, and may be anyone's)
                continue


def _settings(strategy: Strategy) -> dict[str, Any] | None:
    """Example parameters of a strategy that hold; None if there are none."""
    for params in _examples(strategy.schema):
        with suppress(Exception):  # it may be anyone's
            strategy.check(params)
            return params
    return None


def _examples(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Parameters that a schema gives as examples, as a whole or one by one, with its defaults; all valid by it."""
    rules = {name: rule for name, rule in schema.get("properties", {}).items() if isinstance(rule, Mapping)}
    single = {name: rule["examples"][0] for name, rule in rules.items() if rule.get("examples")}
    for example in (*(schema.get("examples") or [{}]), single):
        params = with_defaults(dict(example), schema)
        if not find_problems(params, schema):
            yield params
