"""The site as text: what reads without a browser finds every page as Markdown, and a list of them.

The site is built here, as CI builds it; ``TAMIS_SITE`` names one that has been built already.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tamis

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: The pages of the navigation, by path.
PAGES = re.findall(r"([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
#: What a page's source has in place of the documentation of a name.
BLOCK = re.compile(r"^::: tamis\.(\w+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    if built := os.environ.get("TAMIS_SITE"):
        return Path(built)
    if not all(map(importlib.util.find_spec, ("mkdocs", "mkdocstrings", "griffe", "material"))):
        pytest.skip("mkdocs isn't installed: it comes with the extra docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def outside_code(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_as_markdown(site: Path, page: str) -> None:
    """As it is written, but for names, in whose place is their documentation, and for comments."""
    source = re.sub(r"<!--.*?-->\n*", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    text = (site / page).read_text(encoding="utf-8")

    assert ":::" not in outside_code(text)
    for part in re.split(r"^:::.*\n(?:[ \t]+\S.*\n)*", source, flags=re.MULTILINE):
        assert part.strip() in text
    for name in BLOCK.findall(source):
        paragraph = (inspect.getdoc(getattr(tamis, name)) or "").partition("\n\n")[0]
        assert paragraph in text, name


def test_what_is_documented_has_its_signature_and_what_its_docstring_says(site: Path) -> None:
    """A class that is written, one that attrs makes, a function, a method, parameters, errors and attributes."""
    python = (site / "reference/python.md").read_text(encoding="utf-8")
    metric = (site / "reference/hooks/metric.md").read_text(encoding="utf-8")

    for call in (
        "### Registry\n\n```python\nRegistry(*, autoload=True, allow=None, block=(), strict=False, environ=True)\n```",
        "### Store\n\n```python\nStore(path, *, fingerprint='stat', patience=0.0)\n```",
        "#### register\n\n```python\nregister(plugin)\n```",
        "#### of\n\n```python\nof(store)\n```",
        "#### check_metric\n\n```python\ncheck_metric(",
    ):
        assert call in python
    assert "\n### compute\n\n```python\ncompute(dataset, keys, *, task=None, registry=None, progress=None" in python
    assert (
        "**Parameters**\n\n- `dataset`: The images.\n- `keys`: Keys of metrics, such as ``lightly.sharpness``."
        in python
    )
    assert "**Raises**\n\n- `PluginError`: a key can't be used; raised before any image is opened.\n" in python
    assert "#### ConfigError\n\nThe selection config is wrong.\n" in python
    assert (
        "One number, or one category, for each image.\n\n**Attributes**\n\n- `key`: What a config calls it:" in metric
    )
    assert " at 0x" not in python + metric


def test_the_index_lists_every_page_with_what_it_is_about(site: Path) -> None:
    """By section, in the order of the navigation; its links lead to the Markdown."""
    text = (site / "llms.txt").read_text(encoding="utf-8")
    title, summary, *_ = text.split("\n\n")
    lines = re.findall(r"^- \[(.+?)\]\((.+?)\): (.+)$", text, re.MULTILINE)

    assert (title, summary[:2]) == ("# tamis", "> ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Overview",
        "Tutorial",
        "How to",
        "Reference",
        "Explanation",
    ]
    assert [path for _, path, _ in lines] == PAGES
    assert len(lines) == text.count("\n- ")
    for _, path, about in lines:
        assert (site / path).is_file()
        assert len(about) > 20
        assert "```" not in about


def test_links_between_pages_lead_somewhere_in_markdown_too(site: Path) -> None:
    """Relative ones, from where the Markdown is."""
    for page in PAGES:
        for target in re.findall(
            r"\]\(([^)#:]+)(?:#[^)]*)?\)", outside_code((site / page).read_text(encoding="utf-8"))
        ):
            assert ((site / page).parent / target).exists(), f"{page}: {target}"


def test_each_page_for_a_browser_names_its_markdown(site: Path) -> None:
    """In its head, relative to where it is."""
    for page in PAGES:
        path = site / page
        html = path.parent / "index.html" if path.stem == "index" else path.with_suffix("") / "index.html"
        (href,) = re.findall(
            r'<link rel="alternate" type="text/markdown" href="([^"]+)">', html.read_text(encoding="utf-8")
        )
        assert (html.parent / href).resolve() == path.resolve()


def test_a_key_stays_on_one_line(site: Path) -> None:
    """The style sheet knows it by its class; what has a space may go on in the next line."""
    page = (site / "how-to" / "choose-a-metric" / "index.html").read_text(encoding="utf-8")

    assert '<code class="key">lightly.sharpness</code>' in page
    assert "<code>tamis plugins show KEY</code>" in page
    assert re.search(r"code\.key [^}]*white-space: nowrap", (site / "style.css").read_text(encoding="utf-8"))
