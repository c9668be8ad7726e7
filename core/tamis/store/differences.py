"""What two outputs of one name have in common, and by what different versions they were made."""

from __future__ import annotations

import json
from typing import Any

from tamis.printable import shortened
from tamis.store.records import Output
from tamis.store.rows import OutputKind

#: What may be different where two machines have been asked for the same.
MADE_BY = ("plugins", "decoder", "version")

#: What somebody has asked for: an output, whoever has made it in which version.
Asked = tuple[OutputKind, str, str]


def asked(output: Output) -> Asked:
    """What it is, whoever has made it in which version."""
    identity = _identity(output)
    left = {name: value for name, value in identity.items() if name not in MADE_BY}
    return output.kind, output.name, json.dumps(left, sort_keys=True)


def _identity(output: Output) -> dict[str, Any]:
    try:
        identity = json.loads(output.identity)
    except (ValueError, RecursionError):
        identity = None
    return identity if isinstance(identity, dict) else {"identity": output.identity}


def difference(one: Output, other: Output) -> tuple[str, str]:
    """By what two versions of an output were made, where that differs."""
    ours, theirs = _flat(_identity(one)), _flat(_identity(other))
    names = [
        name for name in (*ours, *(name for name in theirs if name not in ours)) if ours.get(name) != theirs.get(name)
    ]
    told = [
        ", ".join(f"{name} {found[name]}" if name in found else f"no {name}" for name in names)
        for found in (ours, theirs)
    ]
    return shortened(told[0], 300), shortened(told[1], 300)


def _flat(identity: dict[str, Any]) -> dict[str, str]:
    """What each part is, by its name: plugins by their distribution."""
    found: dict[str, str] = {}
    for name, value in identity.items():
        if name == "plugins" and isinstance(value, list):
            found |= {str(plugin[0]): " ".join(map(str, plugin[1:])) for plugin in value if plugin}
        elif isinstance(value, dict):
            found |= _flat(value)
        else:
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


def name_of(output: Output) -> str:
    """What to call it."""
    return "the header of images" if output.kind == "file" else f"'{output.name}'"
