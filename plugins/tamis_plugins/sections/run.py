"""How it was made: the config of a selection, and the plugins that took part."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.facts import Facts


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """The config and the plugins."""
    chosen = subject.once(Facts.of).chosen
    if chosen is None:
        return
    manifest = chosen.manifest
    config = json.dumps(manifest["config"], indent=2, ensure_ascii=False)
    plugins = [[each["kind"], each["key"], each["distribution"], each["version"]] for each in manifest["plugins"]]
    header = ["Kind", "Key", "Distribution", "Version"]
    yield blocks.Folded("The config, as run", [blocks.Code(config)])
    yield blocks.Folded(
        "The plugins that took part", [blocks.Table("Plugins", header, plugins, texts=4, captioned=False)]
    )


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare run."""
    return [Section("run", make, title="How it was made", position=100, doc=__doc__ or "")]
