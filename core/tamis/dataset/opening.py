"""From a location to the source that takes it, and what that finds there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from tamis.config.choices import attributing, settled
from tamis.config.locations import SCHEME
from tamis.dataset.attributed import Attributed, check_listing
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import own
from tamis.declarations.source import Listing, Source
from tamis.discovery.failing import failed
from tamis.discovery.registry import Registry
from tamis.errors import ConfigError, DatasetError, PluginError, Problem, did_you_mean
from tamis.printable import without_secrets

#: What errors call the choice of a source, and of a format.
INPUT, ANNOTATIONS = "input", "annotations"


@attrs.frozen
class Opened:
    """What a source has found.

    Attributes:
        source: The source's name.
        options: With defaults.
    """

    source: str
    options: Mapping[str, Any]
    listing: Listing


def open_location(location: object, source: str | None, options: Mapping[str, Any], registry: Registry) -> Opened:
    """Find the images at a location.

    Args:
        location: A path, a URL, or whatever the source takes; or an object that it takes.
        source: Which source; None for the one that claims the location.
        options: The source's.
        registry: The plugins.

    Raises:
        DatasetError: no source claims the location, or several do; there are no images; they can't be listed.
        ConfigError: there is no such source, or its options are wrong.
        BrokenPluginError: the source failed in another way.
    """
    name = source or claiming(location, registry).name
    declared, params = settled("source", _choice(name, options, INPUT), registry, INPUT)
    if not isinstance(location, str) and not _claims(declared, location, registry):
        raise DatasetError(f"the source {name} takes no object of type {_type_of(location)}")
    with attributing("source", name, registry, INPUT):
        listing = declared.open(location, own(params))
        check_listing(listing)
    known = [Attributed(found, "source", name, registry, INPUT) for found in listing.annotations]
    conversions = {to: _attributed(convert, name, registry) for to, convert in listing.conversions.items()}
    return Opened(name, params, attrs.evolve(listing, annotations=known, conversions=conversions))


def _attributed(convert: Callable[..., Any], source: str, registry: Registry) -> Callable[..., Any]:
    """A conversion, whose failure is the source's."""

    def converted(names: tuple[str, ...]) -> Any:
        with attributing("source", source, registry, INPUT):
            return convert(names)

    return converted


def _choice(name: str, options: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A plugin and its options as one object. Raises `ConfigError` if an option would name another plugin."""
    if "type" in options:
        raise ConfigError((Problem(f"{path}.type", "is no option"),))
    return {"type": name, **options}


def claiming(location: object, registry: Registry) -> Source:
    """The source that claims a location, or takes an object.

    Sources that are broken, be it in what recognizes their locations, or that two distributions have, make no claim;
    they are named where nobody else makes one.

    Raises:
        DatasetError: none does, or several do.
    """
    sources: list[Source] = []
    claims: list[Source] = []
    problems: list[str] = []
    for key in registry.keys("source"):
        try:
            sources.append(source := registry.source(key))
            if _claims(source, location, registry):
                claims.append(source)
        except PluginError as error:
            problems.append(str(error))
    claims = [source for source in claims if not source.fallback] or claims
    if isinstance(location, str) and SCHEME.match(location):
        claims = [source for source in claims if source.endings] or claims
    if len(claims) > 1:
        said = " and ".join(f"{source.name}, of {registry.provider('source', source.name)}" for source in claims)
        if not isinstance(location, str):
            raise DatasetError(f"an object of type {_type_of(location)} is taken by {said}: name one of them, source=")
        location = without_secrets(location)
        ways = " or ".join(f"{source.name}:{location}" for source in claims)
        raise DatasetError(f"the input {location!r} is claimed by {said}: name one of them, {ways}")
    if not claims:
        raise DatasetError(_unclaimed(location, sources) + "".join(f"\n{problem}" for problem in problems))
    return claims[0]


def _claims(source: Source, location: object, registry: Registry) -> bool:
    try:
        if isinstance(location, str):
            return _claims_location(source, location)
        return bool(source.takes and source.takes(location))
    except BaseException as error:
        raise failed(registry, "source", source.name, error) from error


def _claims_location(source: Source, location: str) -> bool:
    if scheme := SCHEME.match(location):
        return scheme[1].lower() in source.schemes and (not source.endings or location.lower().endswith(source.endings))
    if location.lower().endswith(source.suffixes) and not Path(location).is_dir():
        return True
    return bool(source.recognizes and source.recognizes(location))


def _type_of(location: object) -> str:
    """What an object is, for messages."""
    return f"{type(location).__module__}.{type(location).__qualname__}".removeprefix("builtins.")


def _unclaimed(location: object, sources: list[Source]) -> str:
    """What is wrong with a location that nobody claims."""
    if not isinstance(location, str):
        takers = ", ".join(source.name for source in sources if source.takes) or "none"
        return f"no source takes an object of type {_type_of(location)} (objects are taken by: {takers})"
    location = without_secrets(location)
    if scheme := SCHEME.match(location):
        schemes = {each for source in sources for each in source.schemes}
        known = did_you_mean(scheme[1], schemes) if schemes else ": none that is installed takes URLs"
        return f"the input {location!r}: no source takes {scheme[1]}:// locations{known}"
    if not os.path.lexists(location):
        return f"the input {location!r} does not exist"
    suffixes = ", ".join(sorted({suffix for source in sources for suffix in source.suffixes}))
    names = ", ".join(source.name for source in sources)
    return (
        f"the input {location!r} is neither a folder nor a file that a source takes ({suffixes or 'none'}): name the "
        f"source, SOURCE:LOCATION (there is {names or 'none'})"
    )


def read_annotations(format_: str, location: str, options: Mapping[str, Any], registry: Registry) -> Annotations:
    """Open annotations.

    Raises:
        ConfigError: there is no such format, or its options are wrong.
        DatasetError: there is nothing of it at the location.
        BrokenPluginError: the format failed in another way.
    """
    declared, params = settled("annotation", _choice(format_, options, ANNOTATIONS), registry, ANNOTATIONS)
    with attributing("annotation", format_, registry, ANNOTATIONS):
        found = declared.read(location, params)
        if not isinstance(found, Annotations):
            raise TypeError(f"read returned {type(found).__name__}, not Annotations")
    return Attributed(found, "annotation", format_, registry, ANNOTATIONS)
