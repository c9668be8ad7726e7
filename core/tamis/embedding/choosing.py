"""Choosing an embedder: its name and options, checked as the parts of a config are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tamis.config.reading import canonical, parse, plain, with_defaults
from tamis.config.schema import embedder_schema
from tamis.declarations.embedder import Embedder
from tamis.discovery.failing import failed
from tamis.discovery.registry import Registry
from tamis.errors import (
    BrokenPluginError,
    ConfigError,
    ParameterError,
    PluginError,
    Problem,
    TamisError,
)
from tamis.measuring.embedding import Embedding
from tamis.progress import Monitor
from tamis.validation import check_schema, find_problems

#: What errors call the choice.
PATH = "embedder"


def parse_embedder(text: str) -> dict[str, Any]:
    """``NAME``, ``NAME:OPTION=VALUE,OPTION=VALUE`` or a JSON object with ``type``, as such an object.

    Values are JSON where they can be, and text otherwise: ``onnx:model=m.onnx,mean=[0.5,0.5,0.5],batch=8``.

    Raises:
        ConfigError: it's none of these.
    """
    if text.lstrip().startswith("{"):
        parsed = parse(text, PATH)
        return dict(parsed)
    name, _, rest = text.partition(":")
    options: dict[str, Any] = {"type": name}
    for item in _ITEM.findall(rest):
        option, separator, value = item.partition("=")
        if not (option and separator) or option in options:
            raise ConfigError((Problem(PATH, f"{item!r} is not OPTION=VALUE, or is there twice"),))
        try:
            options[option] = json.loads(value)
        except ValueError:
            options[option] = value
    return options


#: What stands between commas; lists, objects and quoted text may hold some.
_ITEM = re.compile(r"""(?:\[[^\]]*\]|\{[^}]*\}|"(?:[^"\\]|\\.)*"|[^,])+""")


def choose(choice: str | Mapping[str, Any], registry: Registry) -> Embedding:
    """An embedder, ready to run.

    Args:
        choice: As `parse_embedder` takes it, or such an object.
        registry: The plugins.

    Raises:
        ConfigError: there is no such embedder, its options are wrong, or it trains models only.
        BrokenPluginError: it failed in a way that is not about its options.
    """
    embedder, params = settled(choice, registry)
    if embedder.train is not None:
        message = f"'{embedder.name}' trains a model for another embedder (tamis embed train), and embeds nothing"
        raise ConfigError((Problem(f"{PATH}.type", message),))
    with blaming(embedder, registry):
        return Embedding.of(embedder, params)


@contextmanager
def blaming(embedder: Embedder, registry: Registry, monitor: Monitor | None = None) -> Iterator[None]:
    """Say where in the choice a problem is, and whose an embedder that fails; the caller's callback is no embedder."""
    try:
        yield
    except ParameterError as error:
        raise ConfigError((Problem(f"{PATH}.{error.parameter}", error.message),)) from error
    except TamisError:
        raise
    except (Exception, SystemExit) as error:
        if monitor and monitor.has_raised(error):
            raise
        raise failed(registry, "embedder", embedder.name, error) from error


def settled(choice: str | Mapping[str, Any], registry: Registry) -> tuple[Embedder, dict[str, Any]]:
    """The embedder that is chosen, and its options with defaults. Arguments and errors as for `choose`."""
    problems: list[Problem] = []
    given = plain(parse_embedder(choice) if isinstance(choice, str) else choice, PATH, problems)
    name = given.get("type") if isinstance(given, dict) else None
    if not isinstance(name, str):
        raise ConfigError((Problem(PATH, "an embedder is NAME, NAME:OPTION=VALUE,... or an object with 'type'"),))
    try:
        embedder = registry.embedder(name)
        plugin = registry.provider("embedder", name)
    except PluginError as error:
        raise ConfigError((Problem(f"{PATH}.type", str(error)),)) from error
    try:
        check_schema(dict(embedder.schema))
    except ValueError as error:
        raise BrokenPluginError(f"embedder '{name}' of {plugin} contributes a bad schema: {error}") from error
    schema = embedder_schema(embedder)
    options = with_defaults(canonical(given, schema, PATH, problems), schema)
    found = find_problems(options, schema)
    problems += [Problem(f"{PATH}.{problem.path}" if problem.path else PATH, problem.message) for problem in found]
    if problems:
        raise ConfigError(tuple(dict.fromkeys(problems)))
    del options["type"]
    return embedder, options
