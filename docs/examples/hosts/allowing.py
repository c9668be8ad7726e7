"""A host that allows two distributions by name: tamis's own plugins, and those of one vendor.

Of all others no module is ever imported. ``environ=False`` keeps the environment from having a say.
"""

from __future__ import annotations

import tamis

ALLOWED = ("tamis", "acme-catalog")


def allowing_registry() -> tamis.Registry:
    """What the allowed distributions provide."""
    return tamis.Registry(allow=ALLOWED, environ=False)


def report(registry: tamis.Registry) -> list[str]:
    """A line for each plugin that is installed and not allowed, for the log."""
    return [
        f"{status.plugin.kind} '{status.plugin.key}' of {status.plugin}: {status.reason}"
        for status in registry.plugins()
        if status.state == "blocked"
    ]
