"""The documentation does what it says: every block of it runs, and what is generated is up to date."""

from __future__ import annotations

import inspect
import json
import re
import runpy
import textwrap
import types
from pathlib import Path

import pytest
from click.testing import CliRunner

import tamis
from tamis import Registry
from tamis.cli import cli
from tamis.discovery.hookspecs import EXTENSION_POINTS, Hooks
from tamis.planning.planning import make_plan
from tamis.testing.suites import SUITES
from tests.conftest import photograph

ROOT = Path(__file__).parents[2]
#: The examples are projects of their own, with tests of their own (tests/packaging).
PAGES = [
    ROOT / "README.md",
    *sorted(set((ROOT / "docs").rglob("*.md")) - set((ROOT / "docs" / "examples").rglob("*.md"))),
]


def blocks(language: str) -> list[tuple[str, str]]:
    """Every block of a language, with where it is. Those with a title are files, and used by tests/packaging."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text[: match.start()].count("\n") + 1
            found.append((f"{page.relative_to(ROOT)}:{line}", match[1]))
    return found


@pytest.mark.parametrize(("where", "code"), blocks("python"), ids=[where for where, _ in blocks("python")])
def test_python_blocks_run(where: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with some photographs; what declares a plugin can be registered, and its metrics give numbers."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number in range(4):
        photograph(number).save(tmp_path / "photos" / f"{number}.png")
    module = types.ModuleType("block")
    exec(compile(code, where, "exec"), vars(module))

    if "hookimpl" in vars(module):
        from tamis import Dataset, compute

        registry = Registry(allow=["tamis"], environ=False)
        registry.register(module)
        keys = [key for key in registry.keys("metric") if key.startswith("acme.")]
        if keys:
            table = compute(Dataset.from_directory("photos"), keys, registry=registry)
            assert not table.failures


@pytest.mark.parametrize(("where", "text"), blocks("json"), ids=[where for where, _ in blocks("json")])
def test_json_blocks_are_valid_configs(where: str, text: str) -> None:
    """A reader may copy them."""
    make_plan(json.loads(text), Registry(allow=["tamis"], environ=False))


def test_generated_pages_are_up_to_date() -> None:
    """Otherwise: python docs/reference/generate.py"""
    pytest.importorskip("mkdocs", reason="mkdocs isn't installed: it comes with the extra dev")
    generate = runpy.run_path(str(ROOT / "docs" / "reference" / "generate.py"))

    for path, content in generate["pages"]().items():
        assert (ROOT / "docs" / "reference" / path).read_text(encoding="utf-8") == content, path


def test_every_built_in_key_has_its_section() -> None:
    """On the page of its kind, with what its declaration says."""
    pytest.importorskip("mkdocs", reason="mkdocs isn't installed: it comes with the extra dev")
    titles = runpy.run_path(str(ROOT / "docs" / "reference" / "generate.py"))["BUILT_IN"]

    for status in Registry(allow=["tamis"], environ=False).plugins():
        if not status.reason:
            page = ROOT / "docs" / "reference" / f"{titles[status.plugin.kind][0].lower()}.md"
            assert f"\n## {status.plugin.key} {{#" in page.read_text(encoding="utf-8")


def test_every_public_name_is_documented() -> None:
    """On the page on Python; declarations on those of their hooks, field by field, in plain Markdown."""
    reference = ROOT / "docs" / "reference"
    text = (reference / "python.md").read_text(encoding="utf-8")
    mentioned_elsewhere = {"HOOK_API", "Params", "Report", "__version__", "hookimpl"}

    assert set(re.findall(r"^::: tamis\.(\w+)", text, re.MULTILINE)) == (
        set(tamis.__all__) - mentioned_elsewhere - {point.declaration.__name__ for point in EXTENSION_POINTS.values()}
    )


def test_every_page_is_in_the_navigation() -> None:
    """A page that nobody finds is none."""
    listed = set(re.findall(r"[\w/.-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))

    assert listed == {page.relative_to(ROOT / "docs").as_posix() for page in PAGES[1:]}


def test_every_hook_is_documented_and_has_an_example_that_runs() -> None:
    """On its reference page, by signature and group; the example in its docstring registers."""
    for point in EXTENSION_POINTS.values():
        page = (ROOT / "docs" / "reference" / "hooks" / f"{point.kind}.md").read_text(encoding="utf-8")
        assert f"{point.hook}() -> Iterable[{point.declaration.__name__}]" in page
        assert f"`{point.group}`" in page
        for name in inspect.signature(point.declaration).parameters:
            assert re.search(rf"^    {name}\b", page, re.MULTILINE), f"{point.hook}: {name}"
            assert re.search(rf"^- `{name}`: \S", page, re.MULTILINE), f"{point.hook}: {name} isn't described"
        example = (inspect.getdoc(getattr(Hooks, point.hook)) or "").partition("Example::")[2]
        module = types.ModuleType("example")
        exec(textwrap.dedent(example), vars(module))
        registry = Registry(autoload=False)
        registry.register(module)
        assert registry.keys(point.kind)
        assert textwrap.dedent(example).strip() in page


def test_every_hook_is_tested_from_the_outside() -> None:
    """By a project of its kind that is installed (tests/packaging), and by the kit."""
    tested = (ROOT / "tests" / "packaging" / "test_examples.py").read_text(encoding="utf-8")

    assert "get_args(PluginKind)" in tested
    for kind in EXTENSION_POINTS:
        assert (ROOT / "core" / "tamis" / "templates" / f"{kind}_test.py").exists()
        assert kind in SUITES


def test_links_between_pages_lead_somewhere() -> None:
    """Relative links name files that exist."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_readme_names_commands_that_exist() -> None:
    """Each ``tamis <command>`` in its shell blocks answers to --help."""
    commands = {match for _, block in blocks("sh") for match in re.findall(r"^tamis (\w+)", block, re.MULTILINE)}

    assert commands >= {"select", "validate", "compute", "plugins"}
    for command in commands:
        assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0, command
