"""Writes metrics.md, views.md and scores.md from the declarations: ``python docs/reference/generate.py``."""

from __future__ import annotations

from pathlib import Path

from tamis import Registry

NOTE = "<!-- Written by generate.py from the plugins' own declarations. -->\n"


def metrics(registry: Registry) -> str:
    """A section for each metric."""
    sections = [f"# The lightly metrics\n\n{NOTE}"]
    for key in registry.keys("metric"):
        metric = registry.metric(key)
        low, high = ("unbounded" if bound is None else f"{bound:g}" for bound in metric.range)
        unit = f" {metric.unit}" if metric.unit else ""
        facts = f"{metric.dtype}, {low} to {high}{unit}; needs {', '.join(f'`{need}`' for need in metric.needs)}"
        sections.append(f"## {key}\n\n{facts}\n\n{metric.doc}\n")
    return "\n".join(sections)


def views(registry: Registry) -> str:
    """A section for each view."""
    sections = [f"# The shared views\n\n{NOTE}"]
    for name in registry.keys("view"):
        view = registry.view(name)
        sections.append(f"## {name}\n\nneeds {', '.join(f'`{need}`' for need in view.needs)}\n\n{view.doc}\n")
    return "\n".join(sections)


def scores(registry: Registry) -> str:
    """A section for each scorer."""
    sections = [f"# Scores\n\n{NOTE}"]
    for name in registry.keys("scorer"):
        scorer = registry.scorer(name)
        sections.append(f"## {name}\n\nfor {', '.join(sorted(scorer.task_types))}\n\n{scorer.doc}\n")
    return "\n".join(sections)


PAGES = {"metrics.md": metrics, "views.md": views, "scores.md": scores}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(__file__).parent / name).write_text(page(Registry(allow=["tamis"], environ=False)), encoding="utf-8")
