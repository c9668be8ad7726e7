"""What each strategy of a config was to do, and with which input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from tamis import Column, Selection


@attrs.frozen(eq=False)
class Used:
    """A strategy of the config, and its input.

    Attributes:
        path: Its place in the config.
        type: Of the strategy.
        params: Those of the strategy, without its type.
        input: The input, as the config has it.
        name: What the input is called in tables.
        column: The input's values; None if the selection was read back and its table doesn't hold them.
        recorded: The columns of what it has computed of each sample, by name.
        removed: How many samples it was the first to remove; None if it removes none.
    """

    path: str
    type: str
    params: Mapping[str, Any]
    input: Mapping[str, Any]
    name: str
    column: Column | None
    recorded: Mapping[str, str]
    removed: int | None

    @property
    def wording(self) -> str:
        """Its parameters in a line."""
        told = dict(self.params)
        if told.get("strength") == 1:
            del told["strength"]
        target = told.pop("target", None)
        if target and told.get("distribution") == "TARGET":
            del told["distribution"]
        parts = [f"{name} {_shown(value)}" for name, value in told.items() if name not in ("operation", "threshold")]
        if "threshold" in told:
            parts.insert(0, f"{_SIGNS.get(told.get('operation', ''), '')} {_shown(told['threshold'])}".strip())
        if isinstance(target, Mapping):
            parts.append("target " + ", ".join(f"{label} {_shown(share)}" for label, share in target.items()))
        return "; ".join(parts)

    @property
    def target(self) -> dict[str, float]:
        """The shares of labels that it was to reach; empty if it has none."""
        target = self.params.get("target")
        return {str(label): float(share) for label, share in target.items()} if isinstance(target, Mapping) else {}

    @property
    def threshold(self) -> float | None:
        """Where the border is between what it keeps and what it removes; None if that is no number."""
        border = self.params.get("threshold") if self.removed is not None else None
        return float(border) if isinstance(border, (int, float)) else None


_SIGNS = {"SMALLER": "<", "SMALLER_EQUAL": "≤", "BIGGER": ">", "BIGGER_EQUAL": "≥"}


def used(selection: Selection, manifest: Mapping[str, Any]) -> Iterator[Used]:
    """The strategies of a selection, in the order of its config."""
    inputs = selection.inputs()
    removed = {each["path"]: each["samples"] for each in manifest["counts"]["removed"]}
    for number, entry in enumerate(manifest["config"]["strategies"]):
        path = f"strategies[{number}]"
        params = dict(entry["strategy"])
        type_ = params.pop("type")
        name = manifest["columns"][path]
        recorded = manifest["values"].get(path, {})
        yield Used(path, type_, params, entry["input"], name, inputs.get(name), recorded, removed.get(path))


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
