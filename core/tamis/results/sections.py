"""Having section plugins make what a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import attrs

from tamis.blocks.block import Block
from tamis.config.choices import settled
from tamis.declarations.section import POSITION, Section
from tamis.discovery.failing import failed
from tamis.discovery.registry import Registry
from tamis.errors import PASSING, ConfigError, ParameterError, PluginError, Problem, TamisError, did_you_mean

#: The places that errors name when sections are chosen.
PATH, ALSO = "sections", "also"
#: Blocks of a section, beside those that they hold.
MOST = 200


@attrs.frozen(eq=False)
class MadeSection:
    """What a section shows of a subject.

    Attributes:
        name: Of the section.
        title: Its heading.
        blocks: What it shows; none if there is nothing to show, or if it failed.
        problem: Why it failed; empty if it didn't.
    """

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    problem: str = ""
    _registry: Registry = attrs.field(kw_only=True, repr=False)

    def failed(self, error: BaseException) -> MadeSection:
        """It with the problem that a block of it raised this when it was looked into.

        What passes through plugins as it is, such as the user's wish to stop, is raised.
        """
        if isinstance(error, PASSING):
            raise error
        told = error if isinstance(error, TamisError) else failed(self._registry, "section", self.name, error)
        return attrs.evolve(self, blocks=(), problem=str(told))


@attrs.frozen(eq=False)
class _Wanted:
    """A section that is to be made; one that can't be used has its problem in place of a declaration."""

    made: MadeSection
    position: float = POSITION
    declaration: Section | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict)


def make_sections(
    subject: object,
    chosen: Sequence[str | Mapping[str, Any]] | None,
    without: Iterable[str],
    also: Sequence[str | Mapping[str, Any]],
    registry: Registry,
) -> tuple[MadeSection, ...]:
    """What sections show of a subject; see `Subject.make_sections`."""
    named, left_out = named_sections(chosen, without, also, registry), frozenset(without)
    if chosen is None:
        taken = {*left_out, *(each.made.name for each in named)}
        usual = (_installed(name, registry) for name in registry.keys("section") if name not in taken)
        named += [each for each in usual if not each.declaration or each.declaration.usual]
        named.sort(key=lambda each: (each.position, each.made.name))
    return tuple(_made(each, subject) for each in named if each.made.name not in left_out)


def named_sections(
    chosen: Sequence[str | Mapping[str, Any]] | None,
    without: Iterable[str],
    also: Sequence[str | Mapping[str, Any]],
    registry: Registry,
) -> list[_Wanted]:
    """The sections that are named, beside the usual ones or in their place; see `Subject.check_sections`."""
    known = registry.keys("section")
    if unknown := [name for name in without if name not in known]:
        message = f"no section is named {unknown[0]!r}{did_you_mean(unknown[0], known)}"
        raise ConfigError((Problem("without", message),))
    if chosen is None:
        return list(_chosen(also, registry, ALSO))
    if also:
        message = f"goes with the usual sections: where {PATH} says which there are, name all of them there"
        raise ConfigError((Problem(ALSO, message),))
    return list(_chosen(chosen, registry, PATH))


def _installed(name: str, registry: Registry) -> _Wanted:
    made = MadeSection(name, name, registry=registry)
    try:
        declaration, params = settled("section", name, registry, f"{PATH}.{name}")
    except ConfigError as error:
        if isinstance(error.__cause__, PluginError):
            return _Wanted(attrs.evolve(made, problem=str(error.__cause__)))
        return _Wanted(attrs.evolve(made, problem=str(error)))
    except PluginError as error:
        return _Wanted(attrs.evolve(made, problem=str(error)))
    return _Wanted(attrs.evolve(made, title=declaration.title), declaration.position, declaration, params)


def _chosen(chosen: Sequence[str | Mapping[str, Any]], registry: Registry, place: str) -> Iterator[_Wanted]:
    names = set()
    for number, choice in enumerate(chosen):
        path = f"{place}[{number}]"
        declaration, params = settled("section", choice, registry, path)
        if declaration.name in names:
            raise ConfigError((Problem(path, f"section '{declaration.name}' is there twice"),))
        names.add(declaration.name)
        made = MadeSection(declaration.name, declaration.title, registry=registry)
        yield _Wanted(made, declaration.position, declaration, params)


def _made(wanted: _Wanted, subject: object) -> MadeSection:
    made, declaration = wanted.made, wanted.declaration
    if declaration is None:
        return made
    try:
        found: object = declaration.make(subject, wanted.params)
        if not isinstance(found, Iterable):
            raise TypeError(f"make gave {found!r:.80}, not blocks: it returns a collection of them, or yields them")
        blocks: tuple[Any, ...] = tuple(islice(found, MOST + 1))
        if len(blocks) > MOST:
            raise ValueError(f"it makes more than {MOST} blocks")
        for block in blocks:
            if not isinstance(block, Block):
                raise TypeError(f"make gave {block!r:.80}, which is no block of tamis.blocks")
    except ParameterError as error:
        raise ConfigError((Problem(f"{PATH}.{made.name}.{error.parameter}", error.message),)) from error
    except BaseException as error:  # noqa: BLE001 (whatever it is, the other sections are made)
        return made.failed(error)
    return attrs.evolve(made, blocks=blocks)
