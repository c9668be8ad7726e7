"""Choosing an embedder: its name and options, checked as the parts of a config are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tamis.config.choices import attributing, settled
from tamis.discovery.registry import Registry
from tamis.measuring.embedding import Embedding
from tamis.progress import Monitor, followed

#: What errors call the choice.
PATH = "embedder"


def choose(choice: str | Mapping[str, Any], registry: Registry, monitor: Monitor | None = None) -> Embedding:
    """An embedder, ready to run.

    Args:
        choice: As `tamis.config.choices.parse_choice` takes it, or such an object.
        registry: The plugins.
        monitor: The caller's wires, for what is downloaded.

    Raises:
        ConfigError: there is no such embedder, or its options are wrong.
        BrokenPluginError: it failed in a way that is not about its options.
        Cancelled: the caller asked for it.
    """
    embedder, params = settled("embedder", choice, registry, PATH)
    with attributing("embedder", embedder.name, registry, PATH, monitor), followed(monitor):
        return Embedding.of(embedder, params)
