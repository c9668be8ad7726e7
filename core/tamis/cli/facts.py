"""What a declaration says in fields, for `tamis plugins show` and the reference pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def facts(declaration: Any) -> Iterator[tuple[str, str]]:
    """Names and texts, in an order to read them in."""
    if getattr(declaration, "dtype", None) == "category":
        yield "type", "category"
    elif hasattr(declaration, "range"):
        low, high = ("unbounded" if bound is None else f"{bound:g}" for bound in declaration.range)
        yield "range", f"{low} to {high}"
        yield "unit", declaration.unit or "none"
        yield "type", declaration.dtype
    if hasattr(declaration, "below"):
        yield "judged by", _judged_by(declaration)
        yield "limit", f"{declaration.side} {declaration.limit:g}"
        yield "source of the limit", declaration.source or "none is named"
        yield "in words", declaration.words or declaration.name
    if hasattr(declaration, "task_types"):
        yield "task types", ", ".join(sorted(declaration.task_types))
    if hasattr(declaration, "task_type"):
        yield "task type", declaration.task_type
    if hasattr(declaration, "needs") and not callable(declaration.needs):
        yield "needs", ", ".join(need for need in declaration.needs if need != "options") or "nothing"
    if hasattr(declaration, "accepts"):
        yield "accepts", ", ".join(sorted(kind.name for kind in declaration.accepts))
        if declaration.objective:
            what = "how much it counts beside the others" if declaration.chooses else "exponent of the objective"
            yield "strength", f"number, default 1: {what}"
    if hasattr(declaration, "suffixes"):
        yield "schemes", ", ".join(f"{scheme}://" for scheme in declaration.schemes) or "none"
        if declaration.endings:
            yield "ends of URLs", ", ".join(declaration.endings)
        yield "suffixes", ", ".join(declaration.suffixes) or "none"
        yield "recognizes others", _recognizing(declaration)
        yield "takes objects of Python", "yes" if declaration.takes else "no"
    if hasattr(declaration, "read"):
        yield "writes predictions", "yes" if declaration.write else "no"
    if hasattr(declaration, "position"):
        yield "title", declaration.title
        yield "position", f"{declaration.position:g}"
    if hasattr(declaration, "describe"):
        yield "describes datasets", "yes" if declaration.describe else "no"
    schema = getattr(declaration, "schema", {})
    for name, rule in schema.get("properties", {}).items():
        rule = rule if isinstance(rule, dict) else {}
        required = "required" if name in schema.get("required", ()) else "optional"
        forms = rule.get("type") or rule.get("enum", ["any"])
        form = forms if isinstance(forms, str) else " or ".join(map(str, forms))
        default = f", default {rule['default']}" if "default" in rule else ""
        text = f": {rule['description']}" if "description" in rule else ""
        yield name, f"{form}, {required}{default}{text}"


def _judged_by(issue: Any) -> str:
    """What an issue's number is."""
    return issue.key or (json.dumps(issue.input, ensure_ascii=False) if issue.input else "a function of its own")


def _recognizing(source: Any) -> str:
    """Whether a source claims locations by a look at them."""
    if source.recognizes is None:
        return "no"
    return "yes, unless another source claims them" if source.fallback else "yes"
