"""Fails if what `tamis` offers broke since the last tag and CHANGELOG.md doesn't say so: ``python .ci/api_diff.py``.

What is compared is what ``tamis.__all__`` names, wherever its code is, as griffe reads it from the sources of the tag
and of the working tree. Each breaking change needs an entry in the unreleased part of CHANGELOG.md that names the
object (``Dataset.from_directory``); one under "Added" doesn't count, since that tells what is new.
"""

# ruff: noqa: T201 (a command)

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "tamis"
SOURCES = "core"
#: Classes that only tamis makes instances of: how it makes them is its own business.
MADE_BY_TAMIS = {"About", "Context", "Selection"}
#: The decorators that make a class of attrs, whose ``__init__`` nobody writes.
ATTRS = re.compile(r"(attrs|attr)\.(frozen|define|mutable|s)")


def main() -> int:
    """Compare, and say what is missing. The exit status: 1 if anything is."""
    tag = last_tag()
    if tag is None:
        print("API: nothing to compare with: there is no git tag here")
        return 0
    sources = sources_of(tag)
    if sources is None:
        print(f"API: nothing to compare with: {tag} has no {SOURCES}/{PACKAGE}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(sources)) as archive:
            archive.extractall(folder, filter="data")
        old = public(Path(folder) / SOURCES)
        found = list(breaking(old, public(ROOT / SOURCES)))
    entries = unreleased((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    untold = [(name, change) for name, change in found if not any(names(entry, name) for entry in entries)]
    for name, change in untold:
        print(
            f"{PACKAGE}.{name}: {change}, since {tag}. That breaks callers: name `{name}` in the unreleased part of "
            "CHANGELOG.md, under Changed or Removed, or undo it.",
            file=sys.stderr,
        )
    print(f"API: breaking changes since {tag}: {len(found)}, told in CHANGELOG.md: {len(found) - len(untold)}")
    return 1 if untold else 0


def last_tag() -> str | None:
    """The nearest tag before this state; None if there is none, or no repository, or no git."""
    try:
        done = git("describe", "--tags", "--abbrev=0")
    except FileNotFoundError:
        return None
    return done.stdout.decode().strip() if done.returncode == 0 else None


def sources_of(tag: str) -> bytes | None:
    """The package as it was then, as a tar archive; None if it wasn't there."""
    done = git("archive", "--format=tar", tag, f"{SOURCES}/{PACKAGE}")
    return done.stdout if done.returncode == 0 else None


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the repository that this file is in, and in none around it."""
    if not (ROOT / ".git").exists():
        return subprocess.CompletedProcess(arguments, 1, b"", b"")
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)  # noqa: S607


# What there is


def public(folder: Path) -> griffe.Module:
    """The package, with nothing public in it but what ``__all__`` names."""
    package = griffe.load(PACKAGE, search_paths=[folder], try_relative_path=False, allow_inspection=False)
    assert isinstance(package, griffe.Module)  # noqa: S101 (a package is one)
    complete(package)
    return package


def complete(module: griffe.Module) -> None:
    """Hide modules that are not exported, to which griffe pays no attention; write the ``__init__`` that attrs does."""
    for name, member in module.members.items():
        exported = name in (module.exports or ())
        member.public = exported
        target = resolved(member) if exported else None
        if isinstance(target, griffe.Module):
            complete(target)
        elif isinstance(target, griffe.Class) and name in MADE_BY_TAMIS:
            target.members.pop("__init__", None)
        elif isinstance(target, griffe.Class) and is_attrs(target) and "__init__" not in target.members:
            target.set_member("__init__", initializer(target))


def resolved(member: griffe.Object | griffe.Alias) -> griffe.Object | None:
    """What it stands for; None if that is in another package."""
    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except griffe.AliasResolutionError:
        return None


def is_attrs(class_: griffe.Class) -> bool:
    """Whether attrs makes its ``__init__``."""
    return any(ATTRS.fullmatch(decorator.callable_path) for decorator in class_.decorators)


def initializer(class_: griffe.Class) -> griffe.Function:
    """The ``__init__`` that attrs makes of the fields of a class and of the classes before it."""
    parameters: dict[str, griffe.Parameter] = {}
    for owner in [*reversed(class_.mro()), class_]:
        if is_attrs(owner):
            parameters |= {parameter.name: parameter for parameter in fields(owner)}
    ordered = sorted(parameters.values(), key=lambda parameter: parameter.kind is griffe.ParameterKind.keyword_only)
    self = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
    return griffe.Function("__init__", parameters=griffe.Parameters(self, *ordered), parent=class_, returns="None")


def fields(class_: griffe.Class) -> Iterator[griffe.Parameter]:
    """The parameters that attrs makes of the fields of one class."""
    keywords = any("kw_only=True" in str(decorator.value) for decorator in class_.decorators)
    made = {
        str(decorator.value) for member in class_.members.values() for decorator in getattr(member, "decorators", ())
    }
    for name, member in class_.members.items():
        if not isinstance(member, griffe.Attribute) or member.annotation is None or is_class_variable(member):
            continue
        given = options(member.value)
        if given is not None and given.get("init") == "False":
            continue
        default: Any = str(member.value) if member.value is not None else None
        if given is not None:
            default = given.get("default", given.get("factory", "made" if f"{name}.default" in made else None))
        keyword = keywords or (given or {}).get("kw_only") == "True"
        kind = griffe.ParameterKind.keyword_only if keyword else griffe.ParameterKind.positional_or_keyword
        alias = (given or {}).get("alias", name.lstrip("_")).strip("'\"")
        yield griffe.Parameter(alias, annotation=member.annotation, kind=kind, default=default)


def is_class_variable(attribute: griffe.Attribute) -> bool:
    """Whether it is annotated as one, or made by a property."""
    return "property" in attribute.labels or (
        "class-attribute" in attribute.labels and "instance-attribute" not in attribute.labels
    )


def options(value: Any) -> dict[str, str] | None:
    """What a call of ``attrs.field`` is given; None if it isn't one."""
    if not isinstance(value, griffe.ExprCall) or value.canonical_path not in ("attrs.field", "attr.ib"):
        return None
    return {each.name: str(each.value) for each in value.arguments if isinstance(each, griffe.ExprKeyword)}


# What changed


def breaking(old: griffe.Module, new: griffe.Module) -> Iterator[tuple[str, str]]:
    """The public name of each object that broke, without the package's, and how."""
    removed = set(dropped(old, new))
    yield from ((name, "no longer offered") for name in sorted(removed))
    offered = {**dict(places(new)), **dict(places(old))}
    for breakage in griffe.find_breaking_changes(old, new):
        if is_another_name(breakage):
            continue
        path = breakage.obj.path.removesuffix(".__init__")
        parts = path.split(".")
        for end in range(len(parts), 0, -1):
            if place := offered.get(".".join(parts[:end])):
                path = ".".join([place, *parts[end:]])
                break
        name = path.removeprefix(f"{PACKAGE}.")
        if name not in removed:  # which griffe tells only where it isn't imported either
            yield name, described(breakage)


def is_another_name(breakage: griffe.Breakage) -> bool:
    """Whether all that is known of a new default is that it is called otherwise, as a function that was renamed."""
    if breakage.kind is not griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT:
        return False
    defaults = {str(breakage.old_value.default), str(breakage.new_value.default)}
    return not defaults & {"None", "True", "False"} and all(re.fullmatch(r"[A-Za-z_][\w.]*", each) for each in defaults)


def dropped(old: griffe.Module, new: griffe.Module) -> Iterator[str]:
    """What ``__all__`` had and has no more, or where nothing is behind it; in the modules that are offered, too."""
    for export in map(str, old.exports or ()):
        then, now = (resolved(module.members[export]) if export in module.members else None for module in (old, new))
        if export not in map(str, new.exports or ()) or (then is not None and now is None):
            yield f"{old.path}.{export}".removeprefix(f"{PACKAGE}.")
        elif isinstance(then, griffe.Module) and isinstance(now, griffe.Module):
            yield from dropped(then, now)


def places(module: griffe.Module) -> Iterator[tuple[str, str]]:
    """Where the code of each exported object is, and what it is called."""
    for name in module.exports or ():
        target = resolved(module.members[str(name)]) if str(name) in module.members else None
        if target is not None:
            yield target.path, f"{module.path}.{name}"
        if isinstance(target, griffe.Module):
            yield from places(target)


def described(breakage: griffe.Breakage) -> str:
    """In a few words."""
    text = breakage.kind.value[0].lower() + breakage.kind.value[1:]
    values = [value for value in (breakage.old_value, breakage.new_value) if isinstance(value, griffe.Parameter)]
    return f"{text} ('{values[0].name}')" if values else text


# What is said of it


def unreleased(changes: str) -> list[str]:
    """The entries of the unreleased part, but for those under "Added"."""
    part = re.search(r"^## [^\n]*unreleased[^\n]*$(.*?)(?=^## |\Z)", changes, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    sections = re.split(r"^### ", part[1] if part else "", flags=re.MULTILINE)
    told = [section for section in sections if not section.lower().startswith("added")]
    return [entry for section in told for entry in re.split(r"^[-*] ", section, flags=re.MULTILINE)[1:]]


def names(entry: str, name: str) -> bool:
    """Whether an entry names an object, with or without the package before it."""
    return re.search(rf"(?<![\w.])({PACKAGE}\.)?{re.escape(name)}(?!\w|\.\w)", entry) is not None


if __name__ == "__main__":
    sys.exit(main())
