"""``tamis plugins new``: a project that is a plugin, works, and is tested."""

from __future__ import annotations

import keyword
import re
import sys
from importlib import import_module, resources
from pathlib import Path
from typing import Any, get_args

import click

from tamis.cli.paths import PathParam
from tamis.discovery.finding import OWN_DISTRIBUTION, RESERVED, RESERVED_PREFIX, normalized
from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.discovery.registry import Registry

PYPROJECT = """\
[build-system]
requires = ["setuptools>=64"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "0.1.0"
description = "{a_kind} plugin for tamis"
readme = "README.md"
requires-python = ">=3.10"
dependencies = ["tamis>={tamis}"]

[project.optional-dependencies]
test = ["pytest"]

# The group says what kind of plugin it is, the name is its key. Reinstall after a change.
[project.entry-points."{group}"]
"{key}" = "{module}"

[tool.setuptools]
py-modules = ["{module}"]
"""

README = """\
# {name}

{a_kind} for tamis: `{key}`.

{doc}

```sh
python -m pip install -e '.[test]'
python -m pytest                  # what tamis asks of it, and what it computes
tamis plugins show {key}
```
"""

CONFORMANCE = '''\
"""What tamis asks of a plugin."""

from collections.abc import Callable

from tamis.testing import parametrize_with_checks


@parametrize_with_checks("{name}")
def test_conformance(check: Callable[[], None]) -> None:
    """Each check of the kit is a test."""
    check()
'''


@click.command()
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(get_args(PluginKind)), help="What kind of plugin.")
@click.option("--key", help="Its key: what a config calls it (default: made of NAME).")
@click.option("-o", "--output", type=PathParam(), metavar="DIR", help="The folder to make (default: NAME).")
def new(name: str, kind: PluginKind, key: str | None, output: Path | None) -> None:
    """Write a plugin project that works.

    NAME is the name of the distribution, as pip will have it. The project has a module, its entry point, a README, and
    tests: the conformance kit, and one of what it computes.
    """
    from tamis.errors import OutputError

    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name) or normalized(name) == OWN_DISTRIBUTION:
        raise click.BadParameter(f"{name!r} can't be the name of a distribution of yours", param_hint="NAME")
    folder = output or Path(name)
    if folder.exists():
        raise OutputError(f"{str(folder)!r} exists already: name another folder with -o")
    key = key or _key(name, kind)
    files = project(name, kind, key)
    for status in Registry().plugins():
        plugin = status.plugin
        if (plugin.kind, plugin.key) == (kind, key) and normalized(plugin.distribution) != normalized(name):
            message = f"{plugin.distribution} has the {kind} '{key}', and two would be a conflict"
            raise click.BadParameter(message, param_hint="--key")
    try:
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"can't write {str(folder)!r}: {error.strerror or error}") from error
    click.echo(f"cd {folder} && python -m pip install -e '.[test]' && python -m pytest")


def project(name: str, kind: PluginKind, key: str) -> dict[str, str]:
    """The files of a project, by path. Raises `click.BadParameter` if the key can't be one of this kind."""
    from tamis import __version__

    declaration = _declared(kind, key)
    module = _module(name)
    names = {
        "name": name,
        "a_kind": f"{_article(kind).capitalize()} {kind}",
        "key": key,
        "module": module,
        "group": EXTENSION_POINTS[kind].group,
        "doc": declaration.doc,
        "tamis": __version__,
    }
    plugin, test = _source(kind), _source(f"{kind}_test")
    for placeholder in ("template.key", "template_key", "TEMPLATE_KEY"):
        plugin = plugin.replace(placeholder, key)
    test = test.replace(f"from tamis.templates import {kind} as plugin", f"import {module} as plugin")
    return {
        "pyproject.toml": PYPROJECT.format(**names),
        "README.md": README.format(**names),
        f"{module}.py": plugin,
        f"tests/test_{module}.py": test,
        "tests/test_conformance.py": CONFORMANCE.format(**names),
    }


def _module(name: str) -> str:
    """What can be imported, and hides nothing that Python has, or that the project imports."""
    module = re.sub(r"\W", "_", name.lower())
    taken = {*sys.stdlib_module_names, *keyword.kwlist, "tamis", "numpy", "tests"}
    return module if module.isidentifier() and module not in taken else f"tamis_{module}"


def _article(kind: PluginKind) -> str:
    return "an" if kind[0] in "aeiou" else "a"


def _source(module: str) -> str:
    return (resources.files("tamis.templates") / f"{module}.py").read_text(encoding="utf-8")


def _declared(kind: PluginKind, key: str) -> Any:
    """The declaration of the template under this key."""
    import attrs

    point = EXTENSION_POINTS[kind]
    (declaration,) = getattr(import_module(f"tamis.templates.{kind}"), point.hook)()
    if kind == "metric" and key.startswith(RESERVED_PREFIX):
        raise click.BadParameter(RESERVED, param_hint="--key")
    try:
        if not re.fullmatch(r"[\w.+=@:-]+", key, re.ASCII):
            raise ValueError(key)
        return attrs.evolve(declaration, **{point.key: key})
    except ValueError:
        needed = "<vendor>.<name>" if kind == "metric" else "a name such as my_edges"
        message = f"{key!r} can't be the key of {_article(kind)} {kind}: it is {needed}"
        raise click.BadParameter(message, param_hint="--key") from None


def _key(name: str, kind: PluginKind) -> str:
    """``acme.sharp`` for a metric of acme-sharp or tamis-acme-sharp; ``ACME_SHARP`` or ``acme_sharp`` for others."""
    words = re.split(r"[-_.]+", name.lower().removeprefix("tamis-"))
    if kind == "metric":
        vendor, *rest = words if len(words) > 1 else ("my", *words)
        return f"{vendor}.{'_'.join(rest)}"
    joined = "_".join(words)
    return joined.upper() if kind in ("input", "strategy", "task") else joined
