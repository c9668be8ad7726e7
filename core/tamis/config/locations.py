"""Locations of data as one writes them: ``[LABEL=][PLUGIN:]LOCATION[,OPTION=VALUE...]``."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Any

import attrs

from tamis.config.choices import parse_options
from tamis.errors import DatasetError, did_you_mean

#: A scheme before ``://``.
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
#: What may stand before a location: no single letter, which is a drive, and no URL's scheme.
_PLUGIN = re.compile(r"([A-Za-z][\w.-]+):(?!//)")
_LABEL = re.compile(r"([^=/\\:,]+)=")
_OPTION = re.compile(r",(?=[A-Za-z]\w*=)")


@attrs.frozen
class Location:
    """Where data is.

    Attributes:
        text: The location itself, such as a path or a URL.
        label: What it is to be called; None where nothing was said.
        plugin: Which plugin is to read it; None where nothing was said.
        options: That plugin's.
    """

    text: str
    label: str | None = None
    plugin: str | None = None
    options: Mapping[str, Any] = attrs.field(factory=dict)


def parse_location(text: str, what: str, known: Collection[str]) -> Location:
    """Take a location apart. What is there as a whole is a path, whatever is in its name.

    Args:
        text: As one writes it.
        what: What errors call it, such as ``--input``.
        known: The keys of the plugins that may be named.

    Raises:
        DatasetError: it's empty, or names a plugin that there isn't.
        ConfigError: something after a comma is not OPTION=VALUE.
    """
    if os.path.lexists(text):
        return Location(text)
    label = None
    if match := _LABEL.match(text):
        label, text = match[1], text[match.end() :]
    plugin = None
    if not os.path.lexists(text) and (match := _PLUGIN.match(text)):
        plugin, text = match[1], text[match.end() :]
        if plugin not in known:
            raise DatasetError(f"{what}: nothing installed is called '{plugin}'{did_you_mean(plugin, known)}")
    options: dict[str, Any] = {}
    if plugin is not None and not os.path.lexists(text):
        text, *items = _OPTION.split(text)
        options = parse_options(items, what)
    if not text and not options:
        raise DatasetError(f"{what}: the location is empty")
    return Location(text, label, plugin, options)
