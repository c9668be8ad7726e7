"""CONTRIBUTING.md leads where it says: its rooms, its paths and its hooks are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

from tamis.discovery.hookspecs import EXTENSION_POINTS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    table = re.search(rf"^{heading}$.*?^(\|.*?)\n\n", TEXT, re.DOTALL | re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()[2:]]


def test_every_room_of_the_core_is_explained() -> None:
    """And no other: the table of floors names what lies in the core."""
    core = ROOT / "core" / "tamis"
    there = {path.stem for path in core.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    named = {name for room, _ in rows("### The floors of the core") for name in re.findall(r"`(\w+)/?`", room)}

    assert named == {name for name in there if not name.startswith("__")}


def test_paths_lead_somewhere() -> None:
    """Those in backticks, the rooms that are named after one included."""
    for path in re.findall(r"`((?:core|plugins|tests|docs|\.ci)/[\w./]+)`", TEXT):
        assert (ROOT / path).exists(), path
    for line in re.findall(r"`plugins/tamis_plugins/\w+/`.*", TEXT):
        for room in re.findall(r"`(?:plugins/tamis_plugins/)?(\w+)/`", line):
            assert (ROOT / "plugins" / "tamis_plugins" / room).is_dir(), room


def test_every_kind_of_plugin_is_in_the_table() -> None:
    """With its group and hook."""
    named = {tuple(cell.strip("`") for cell in row[:3]) for row in rows("## Add a plugin")}

    assert named == {(point.kind, point.group, point.hook) for point in EXTENSION_POINTS.values()}
