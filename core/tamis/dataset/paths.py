"""Metadata that comes from the names of samples, for a config that uses some."""

from __future__ import annotations

from collections.abc import Collection

from tamis.dataset.combining import combined
from tamis.dataset.opening import read_annotations
from tamis.declarations.annotations import Annotations
from tamis.discovery.registry import Registry
from tamis.errors import MetadataError

#: The annotation format that makes metadata out of names, and what the keys of that begin with.
PATHS, PREFIX = "path", "path."


def with_paths(annotations: Annotations, pattern: str | None, keys: Collection[str], registry: Registry) -> Annotations:
    """The annotations, with those that come from the names of samples if they are used.

    Args:
        annotations: What is known otherwise.
        pattern: The config's ``lightly_path_regex``.
        keys: The keys of metadata that it uses.
        registry: The plugins, `PATHS` among them.

    Raises:
        DatasetError: the pattern is no regular expression, or has no named group.
        ConfigError: there is no such plugin.
    """
    used = {key for key in keys if key.startswith(PREFIX)}
    if pattern is None:
        if not used:
            return annotations
        try:
            used -= annotations.fields().keys()
        except MetadataError:  # it's said where the key is looked up
            return annotations
        if not used:  # somebody has metadata of that name
            return annotations
    return combined([annotations, read_annotations(PATHS, pattern or "", {}, registry)])
