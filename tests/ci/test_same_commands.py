"""What a commit is checked with is what CI checks with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Where a tool keeps its cache doesn't change what it finds; CI leaves none in the checkout.
CACHE = re.compile(r" (--no-cache|--cache-dir \S+)")


def checks(commands: Iterable[str]) -> list[str]:
    """Those of ruff and mypy, without their cache."""
    plain = [CACHE.sub("", command).strip() for command in commands]
    return [command for command in plain if re.match(r"(ruff|mypy)\b", command)]


def test_the_hooks_and_ci_run_the_same_commands() -> None:
    """In the same order: a commit that passes the hooks passes CI's lint and types."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace('"$work/mypy"', "CACHE")
    in_ci = checks(line.strip().replace('"$work/dev/bin/', "").replace('"', "", 1) for line in script.splitlines())

    assert in_ci[:3] == ["ruff check .", "ruff format --check .", "mypy"]
    assert checks(re.findall(r"^ +entry: (.+)$", hooks, re.MULTILINE)) == in_ci


def test_the_hooks_have_no_versions_of_their_own() -> None:
    """They are the tools of the environment, whose versions setup.cfg alone gives, and see the whole tree."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    count = hooks.count("- id: ")

    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    assert hooks.count("language: system") == hooks.count("pass_filenames: false") == count
    assert not re.search(r"\b(rev|additional_dependencies):", hooks)
