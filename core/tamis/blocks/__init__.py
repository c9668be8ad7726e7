"""What a section of a page is made of: `tamis.blocks`.

Blocks say what is shown, and not how: a page decides that, and how much of it there is room for. All text is plain. A
series that is named like a set of `tamis.Subject.sets`, such as ``selected``, looks the same on the whole page.
"""

from __future__ import annotations

from tamis.blocks.block import Block
from tamis.blocks.layout import Folded, Grid, Group, Halves
from tamis.blocks.maps import Map
from tamis.blocks.pictures import Card, Gallery, Image, Pair, Pairs
from tamis.blocks.plots import Bars, Histogram, Lines
from tamis.blocks.tables import Cell, Table
from tamis.blocks.texts import Code, Notes, Text

__all__ = [
    "Bars",
    "Block",
    "Card",
    "Cell",
    "Code",
    "Folded",
    "Gallery",
    "Grid",
    "Group",
    "Halves",
    "Histogram",
    "Image",
    "Lines",
    "Map",
    "Notes",
    "Pair",
    "Pairs",
    "Table",
    "Text",
]
