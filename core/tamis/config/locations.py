"""Locations of data as one writes them: ``[LABEL=][PLUGIN:]LOCATION[,OPTION=VALUE...]``."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Any

import attrs

from tamis.config.choices import parse_options
from tamis.errors import DatasetError, did_you_mean
from tamis.printable import without_secrets

#: A scheme before ``://``.
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
#: What may stand before a location: no single letter, which is a drive, and no URL's scheme.
_PLUGIN = re.compile(r"([A-Za-z][\w.-]+):(?!//)")
_LABEL = re.compile(r"([^=/\\:,]+)=")
#: A label that can't be one.
_PATH_AS_LABEL = re.compile(r"([^=:,]*[/\\][^=:,]*)=")
#: Where an option may begin; commas in a list, an object or a quoted text after ``=`` are part of that.
_OPTION = re.compile(r"""=(?:\[[^\]]*\]|\{[^}]*\}|"(?:[^"\\]|\\.)*")|,(?=[A-Za-z]\w*=)""")


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
    """Take a location apart. What is there under a name is a path, whatever is in that name.

    Options that follow what is there need no plugin to be named.

    Args:
        text: As one writes it.
        what: What errors call it, such as ``--input``.
        known: The keys of the plugins that may be named.

    Raises:
        DatasetError: it's empty, names a plugin that there isn't, or has a label that can't be one.
        ConfigError: something after a comma is not OPTION=VALUE.
    """
    whole = without_secrets(text)
    if os.path.lexists(text):
        return Location(text)
    label = None
    if match := _LABEL.match(text):
        label, text = match[1], text[match.end() :]
    plugin = None
    if not os.path.lexists(text) and (match := _PLUGIN.match(text)):
        plugin, text = match[1], text[match.end() :]
        if plugin not in known:
            raise DatasetError(f"{what} {whole}: nothing installed is called '{plugin}'{did_you_mean(plugin, known)}")
    text, items = _divided(text, named=plugin is not None)
    if not text and not items:
        raise DatasetError(f"{what}: the location is empty" + (f" in {whole!r}" if whole else ""))
    if label is None and plugin is None and (match := _PATH_AS_LABEL.match(text)) and not os.path.lexists(text):
        rest = text[match.end() :]
        if os.path.lexists(rest) or SCHEME.match(rest) or _PLUGIN.match(rest):
            raise DatasetError(f"{what} {whole}: {match[1]!r} can't be a label: it is a name without '/'")
    return Location(text, label, plugin, parse_options(items, what))


def _divided(text: str, *, named: bool) -> tuple[str, list[str]]:
    """A location and the texts of its options: after the longest part that is there, or as soon as there may be some.

    Where no plugin is named, only after what is there: a URL may hold commas.
    """
    if os.path.lexists(text):
        return text, []
    starts = [match.start() for match in _OPTION.finditer(text) if match[0] == ","]
    there = (start for start in reversed(starts) if os.path.lexists(text[:start]))
    if (first := next(there, starts[0] if named and starts else None)) is None:
        return text, []
    ends = [*(start for start in starts if start > first), len(text)]
    begins = [first, *ends[:-1]]
    return text[:first], [text[begin + 1 : end] for begin, end in zip(begins, ends, strict=True)]
