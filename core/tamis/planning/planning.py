"""From a config to a plan: every check that can be made before any data is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tamis.config.composition import SchemaBook
from tamis.config.reading import canonical, plain, with_defaults
from tamis.config.schema import MOST, TOP, Part
from tamis.context.about import RunAbout
from tamis.data.kind import Kind
from tamis.data.names import names
from tamis.data.task_schema import TaskSchema
from tamis.dataset.paths import PREFIX, with_paths
from tamis.declarations.annotations import Annotations
from tamis.declarations.params import own
from tamis.discovery.failing import failed
from tamis.discovery.registry import Registry
from tamis.embedding.reach import Reach
from tamis.errors import (
    ConfigError,
    DatasetError,
    EmbeddingError,
    MetadataError,
    MissingDependencyError,
    ParameterError,
    PluginError,
    PredictionError,
    Problem,
    join,
)
from tamis.measuring.jobs import Job
from tamis.planning.choosing import chooser_problems
from tamis.planning.labels import label_problems
from tamis.planning.plan import Entry, Plan
from tamis.planning.remedies import misfit
from tamis.planning.sequences import sequence_problems
from tamis.validation import find_problems

#: What each of a config's ``strategies`` is made of.
ENTRY_PARTS: tuple[Part, ...] = ("input", "strategy")
#: What a config calls the expression that metadata comes from.
PATTERN = "lightly_path_regex"


def make_plan(
    config: Any,
    registry: Registry,
    annotations: Annotations | None = None,
    tasks: Sequence[Mapping[str, Any]] = (),
    reach: Reach | None = None,
) -> Plan:
    """Check a config and prepare to run it. The config is not changed.

    Only the plugins that it names are loaded. If an input doesn't fit its strategy, all inputs and strategies are, so
    that the message can say which would.

    Args:
        config: The config, as data.
        registry: The plugins.
        annotations: What is known of the samples, to check tasks and metadata keys against; None if that isn't known.
        tasks: Further auto tasks, as the config's ``auto_tasks`` would have them.
        reach: Where queries are looked for; None where that isn't known.

    Raises:
        ConfigError: with every problem that was found.
        BrokenPluginError: a plugin failed in a way that is not about its parameters.
    """
    if not isinstance(config, Mapping):
        raise ConfigError((Problem("", "a selection config is a JSON object"),))
    try:
        return _Planner(registry, annotations, reach).plan(config, tasks)
    except RecursionError:
        raise ConfigError((Problem("", "a selection config is not nested so deeply"),)) from None


class _Planner:
    """Collects the problems of one config."""

    def __init__(self, registry: Registry, annotations: Annotations | None, reach: Reach | None) -> None:
        self._registry = registry
        self._annotations = annotations
        self._reach = reach
        self._schemas = SchemaBook(registry)
        self._problems: list[Problem] = []

    def plan(self, config: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> Plan:
        data = canonical(plain(config, "", self._problems), TOP, "", self._problems)
        if tasks and isinstance(data.setdefault("auto_tasks", []), list):
            data["auto_tasks"] += [plain(task, f"tasks[{number}]", self._problems) for number, task in enumerate(tasks)]
        for name in ("strategies", "auto_tasks"):
            if isinstance(listed := data.get(name), list) and len(listed) > MOST:
                raise ConfigError((Problem(name, f"has {len(listed)} items, and {MOST} are the most"),))
        for path, entry in _listed(data, "strategies"):
            for part in ENTRY_PARTS:
                if part in entry:
                    entry[part] = self._settled(entry[part], part, f"{path}.{part}")
        if isinstance(listed := data.get("auto_tasks"), list):
            listed[:] = [self._settled(task, "task", f"auto_tasks[{number}]") for number, task in enumerate(listed)]
        found = find_problems(data, self._schemas.composed())
        unusable = {problem.path for problem in self._problems if problem.path.endswith(".type")}
        self._problems += [problem for problem in found if problem.path not in unusable]
        named = [entry["name"] for _, entry in _listed(data, "auto_tasks") if isinstance(entry.get("name"), str)]
        jobs = dict.fromkeys(named) | dict(self._jobs(data))
        known, has_data = self._known(data), self._annotations is not None
        self._about = RunAbout(self._registry, known, jobs, self._reach, has_data=has_data)
        entries = tuple(self._entries(data))
        self._problems += label_problems(entries, self._about, self._registry)
        self._problems += sequence_problems(data, entries)
        self._problems += chooser_problems(entries, self._registry)
        stopping = [entry for entry in entries if entry.strategy.stops(entry.strategy_params)]
        if data.get("n_samples") == -1 and not self._problems and not any(entry.strength for entry in stopping):
            why = f"{stopping[0].path} has one, but its strength is 0" if stopping else "none has"
            message = f"-1 sets no limit, so some strategy must have a stopping condition; {why}"
            message += ". For all samples, give proportion_samples: 1"
            self._problems.append(Problem("n_samples", message))
        if self._problems:
            raise ConfigError(tuple(sorted(dict.fromkeys(self._problems), key=_in_config_order)))
        about = self._about
        return Plan(
            data,
            entries,
            about.wanted,
            about.subjects,
            about.queries,
            about.asked_fields,
            about.asked_tasks,
            annotations=known,
            objects=about.asked_objects,
        )

    def _known(self, data: dict[str, Any]) -> Annotations:
        """The annotations, with the metadata from names that the config uses."""
        known = Annotations() if self._annotations is None else self._annotations
        pattern = data.get(PATTERN)
        if not isinstance(pattern, (str, type(None))) or pattern == "":
            return known  # which the schema has said
        inputs = (entry.get("input") for _, entry in _listed(data, "strategies"))
        keys = [each["key"] for each in inputs if isinstance(each, dict) and isinstance(each.get("key"), str)]
        try:
            return with_paths(known, pattern, keys, self._registry)
        except (DatasetError, ConfigError) as error:
            if pattern is not None:
                self._problems.append(Problem(PATTERN, str(error)))
            return known

    def _settled(self, given: Any, part: Part, path: str) -> Any:
        """A part under canonical names and with defaults, by the schema of the plugin that it names, if any."""
        type_ = given.get("type") if isinstance(given, dict) else None
        if not isinstance(type_, str):
            return given
        try:
            schema = self._schemas.of(part, type_)
        except PluginError as error:
            self._problems.append(Problem(f"{path}.type", str(error)))
            return given
        return with_defaults(canonical(given, schema, path, self._problems), schema)

    def _jobs(self, data: dict[str, Any]) -> Iterator[tuple[str, Job]]:
        """The auto tasks in which no problem has been found, ready to run."""
        seen = set()
        for path, entry in _listed(data, "auto_tasks"):
            if any(problem.path.startswith(path) for problem in self._problems):
                continue
            name = entry["name"]
            if not TaskSchema.is_name(name):
                self._problems.append(Problem(f"{path}.name", f"{name!r} can't be the name of a task"))
                continue
            if name in seen:
                self._problems.append(Problem(f"{path}.name", f"another auto task is named '{name}'"))
            seen.add(name)
            params = {key: value for key, value in entry.items() if key not in ("type", "name")}
            with self._noting(path, "task", entry["type"]):
                yield name, Job.of(name, self._registry.task(entry["type"]), params)

    def _entries(self, data: dict[str, Any]) -> Iterator[Entry]:
        """The entries that are valid by schema, checked for what a schema can't say."""
        seen: list[Any] = []
        no_paths = any(problem.path == PATTERN for problem in self._problems)
        for path, entry in _listed(data, "strategies"):
            if self._is_wrong(path):
                if isinstance(entry.get("input"), dict) and not self._is_wrong(f"{path}.input") and not no_paths:
                    self._asked_of(path, entry["input"])  # what else is wrong is said as well
                continue
            if no_paths and str(entry["input"].get("key", "")).startswith(PREFIX):
                continue  # it can't be told what it would have been
            provider = self._registry.input(entry["input"]["type"])
            strategy = self._registry.strategy(entry["strategy"]["type"])
            params, strategy_params = ({**entry[part]} for part in ENTRY_PARTS)
            del params["type"], strategy_params["type"]
            before = len(self._about.fields_taken)
            kind, needs = self._asked_of(path, entry["input"])
            why = dict.fromkeys(field.why for field in self._about.fields_taken[before:] if field.why)
            with self._noting(f"{path}.strategy", "strategy", strategy.type):
                strategy.check(own(strategy_params))
            if kind is None:
                continue
            if kind not in strategy.accepts:
                self._problems.append(Problem(path, misfit(provider, kind, strategy, self._registry, why)))
            repeat = seen.count(entry["input"])
            seen.append(entry["input"])
            yield Entry(path, provider, params, strategy, strategy_params, kind, needs, repeat)

    def _is_wrong(self, path: str) -> bool:
        """Whether there is a problem in this part of the config."""
        return any(problem.path.startswith(path) for problem in self._problems)

    def _asked_of(self, path: str, given: Mapping[str, Any]) -> tuple[Kind | None, tuple[str, ...]]:
        """What kind of values the input of an entry has, and the metrics that it needs; None with a problem."""
        provider = self._registry.input(given["type"])
        params = {name: value for name, value in given.items() if name != "type"}
        with self._noting(f"{path}.input", "input", provider.type):
            kind = provider.kind(own(params), self._about)
            needs = names(provider.needs(own(params), self._about))
            if not isinstance(kind, Kind):
                raise TypeError(f"kind returned {kind!r}, not a Kind")
            for key in needs:
                self._registry.metric(key)
            return kind, needs
        return None, ()

    @contextmanager
    def _noting(self, path: str, part: Part, type_: str) -> Iterator[None]:
        """Take what a plugin raises about the config for a problem, and anything else for a defect of the plugin."""
        try:
            yield
        except ParameterError as error:
            self._problems.append(Problem(join(path, error.parameter), error.message))
        except (PluginError, PredictionError, EmbeddingError, MetadataError) as error:
            self._problems.append(Problem(path, str(error)))
        except MissingDependencyError:
            raise
        except BaseException as error:
            raise failed(self._registry, part, type_, error, path) from error


def _listed(data: dict[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The members of a list that are objects, with their paths."""
    members = data.get(key)
    for number, member in enumerate(members if isinstance(members, list) else ()):
        if isinstance(member, dict):
            yield f"{key}[{number}]", member


def _in_config_order(problem: Problem) -> list[str | tuple[int, str]]:
    """A key to sort by: of numbers, of however many digits, the smaller comes first."""
    parts = re.split(r"([0-9]+)", problem.path)
    return [(len(part.lstrip("0")), part.lstrip("0")) if number % 2 else part for number, part in enumerate(parts)]
