"""Choosing an embedder: its name and options, checked as the parts of a config are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tamis.config.choices import attributing, settled
from tamis.discovery.registry import Registry
from tamis.measuring.embedding import Embedding

#: What errors call the choice.
PATH = "embedder"


def choose(choice: str | Mapping[str, Any], registry: Registry) -> Embedding:
    """An embedder, ready to run.

    Args:
        choice: As `tamis.config.choices.parse_choice` takes it, or such an object.
        registry: The plugins.

    Raises:
        ConfigError: there is no such embedder, or its options are wrong.
        BrokenPluginError: it failed in a way that is not about its options.
    """
    embedder, params = settled("embedder", choice, registry, PATH)
    with attributing("embedder", embedder.name, registry, PATH):
        return Embedding.of(embedder, params)
