"""The picture of ``helping.py``: how much better than RANDOM each way to select is, by k; a panel for each pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import log

WIDTH, HEIGHT, GAP, LEFT, TOP = 246, 180, 30, 44, 44
#: Differences that a panel has room for, in percentage points.
LOWEST, HIGHEST = -10, 20
COLORS = ("#2f6db5", "#c2731d", "#3d8a4e", "#8b5cb8", "#b5433f")

#: By k, the mean difference and half its interval.
Line = Mapping[int, tuple[float, float]]


def picture(panels: Mapping[str, Mapping[str, Line]], columns: int) -> str:
    """An SVG of panels, row by row. Each holds lines by their names, the same in all."""
    names = list(next(iter(panels.values())))
    rows = -(-len(panels) // columns)
    width, height = LEFT + columns * (WIDTH + GAP), TOP + rows * (HEIGHT + 2 * GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11"><rect width="{width}" height="{height}" fill="#fff"/>'
    ]
    place = LEFT
    for name, color in zip(names, COLORS, strict=False):
        parts.append(f'<path d="M{place} 14h18" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{place + 23}" y="18" fill="#222">{escape(name)}</text>')
        place += 40 + 6.2 * len(name)
    for number, (title, lines) in enumerate(panels.items()):
        x, y = LEFT + number % columns * (WIDTH + GAP), TOP + number // columns * (HEIGHT + 2 * GAP)
        parts.append(f'<g transform="translate({x:g} {y:g})">{"".join(_panel(title, lines))}</g>')
    return "".join([*parts, "</svg>\n"])


def _panel(title: str, lines: Mapping[str, Line]) -> Iterator[str]:
    sizes = sorted({size for line in lines.values() for size in line})
    yield f'<text y="-7" fill="#222">{escape(title)}</text>'
    for value in range(LOWEST, HIGHEST + 1, 5):
        color = "#888" if value == 0 else "#e3e3e3"
        yield f'<path d="M0 {_y(value):.1f}h{WIDTH}" stroke="{color}"/>'
        yield f'<text x="-6" y="{_y(value) + 4:.1f}" text-anchor="end" fill="#555">{value:+d}</text>'
    for size in sizes:
        yield f'<text x="{_x(size, sizes):.1f}" y="{HEIGHT + 14}" text-anchor="middle" fill="#555">{size}</text>'
    for number, (line, color) in enumerate(zip(lines.values(), COLORS, strict=False)):
        points = [(_x(size, sizes) + 3 * (number - 2), mean, half) for size, (mean, half) in line.items()]
        yield f'<polyline points="{" ".join(f"{x:.1f},{_y(mean):.1f}" for x, mean, _ in points)}" fill="none" '
        yield f'stroke="{color}" stroke-width="1.8"/>'
        for x, mean, half in points:
            yield f'<path d="M{x:.1f} {_y(mean - half):.1f}V{_y(mean + half):.1f}" stroke="{color}" opacity=".45"/>'
            yield f'<circle cx="{x:.1f}" cy="{_y(mean):.1f}" r="2.2" fill="{color}"/>'


def _x(size: int, sizes: Sequence[int]) -> float:
    return 12 + (WIDTH - 24) * log(size / sizes[0]) / log(sizes[-1] / sizes[0])


def _y(value: float) -> float:
    return HEIGHT * (HIGHEST - min(max(value, LOWEST), HIGHEST)) / (HIGHEST - LOWEST)
