"""Two levels: of each shard of the candidates the greedy choice, and then the exact choice from what those have chosen.

For DIVERSITY alone, a shard's choice of as many samples as are asked for, or more, makes a composable core-set of it:
the radius is then at most four times the least possible (Malkomes, Kusner, Chen, Weinberger and Moseley, NIPS 2015,
*Fast distributed k-center clustering with outliers on massive data*), and the least separation is a constant factor
from the largest possible, too (Indyk, Mahabadi, Mahdian and Mirrokni, PODS 2014, *Composable core-sets for diversity
and coverage maximization*). For sums of weights alone the choice is exact. For products of several objectives nothing
is known that holds: what is reached is told beside what the exact choice reaches that sees only a sample of the
candidates, as many as are looked at together here. The scheme is GreeDi (Mirzasoleiman, Karbasi, Sarkar and Krause,
NIPS 2013, *Distributed submodular maximization*).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from tamis.config.reading import canonical, plain
from tamis.declarations.objective import Rows
from tamis.errors import ConfigError, Problem, join
from tamis.measuring.run import Run
from tamis.planning.plan import Entry
from tamis.progress import Progress
from tamis.selection.blas_threads import one_blas_thread
from tamis.selection.candidate_shard import CandidateShard
from tamis.selection.greedy import Pick
from tamis.selection.scoring import Term
from tamis.selection.shard_workers import shard_workers
from tamis.validation import find_problems

#: What errors call it, and the numbers of it that go together.
PATH, NUMBERS = "approximate", ("shards", "per_shard")
_NUMBER = {"type": "integer", "minimum": 1}
SCHEMA = {
    "type": "object",
    "properties": {
        "shards": _NUMBER,
        "per_shard": _NUMBER,
        "recall": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    },
    "additionalProperties": False,
}


@attrs.frozen
class Approximate:
    """In what a selection need not be exact.

    Attributes:
        levels: The two levels that it is made in; None if it is one.
        recall: The share of neighbours that strategies have to find; None if it is all of them.
    """

    levels: Levels | None
    recall: float | None

    @classmethod
    def of(cls, options: Mapping[str, Any] | None) -> Approximate | None:
        """From what the caller has given. Raises `ConfigError`."""
        if options is None:
            return None
        problems: list[Problem] = []
        if not isinstance(options, Mapping):
            raise ConfigError((Problem(PATH, f'is an object, such as {{"recall": 0.95}}, not {options!r:.80}'),))
        given = canonical(plain(options, PATH, problems), SCHEMA, PATH, problems)
        if not problems:
            problems = [attrs.evolve(each, path=join(PATH, each.path)) for each in find_problems(given, SCHEMA)]
        if problems:
            raise ConfigError(tuple(problems))
        if not given:
            raise ConfigError((Problem(PATH, f"names {' and '.join(NUMBERS)}, or recall, and is empty"),))
        numbers = {name: given[name] for name in NUMBERS if name in given}
        if numbers and (missing := [name for name in NUMBERS if name not in numbers]):
            raise ConfigError(tuple(Problem(join(PATH, name), "is missing") for name in missing))
        return cls(Levels(**numbers) if numbers else None, given.get("recall"))


@attrs.frozen
class Levels:
    """Two levels of a selection.

    Attributes:
        shards: Into how many parts the candidates are cut, each of consecutive ones.
        per_shard: How many of each are chosen at the most.
    """

    shards: int
    per_shard: int

    def check(self, candidates: int, limit: int) -> None:
        """Raise `ConfigError` if there can't be as many picks as are asked for."""
        most = self.shards * self.per_shard
        if most < min(limit, candidates):
            message = (
                f"{self.shards} shards of {self.per_shard} give {most} candidates at the most, and {limit} are to be "
                "selected: allow more per shard; where the number is open, give the config one"
            )
            raise ConfigError((Problem(PATH, message),))


@attrs.frozen(eq=False)
class Chosen:
    """What the first level has chosen.

    Attributes:
        rows: Of the candidates, ascending.
        shards: Of how many shards.
        per_shard: How many of each at the most.
        sampled: How many candidates a sample has.
        of_sample: What the exact choice from the sample reaches of each term; empty if there is one term only.
    """

    rows: Rows
    shards: int
    per_shard: int
    sampled: int = 0
    of_sample: tuple[float | None, ...] = ()


def chosen_of_shards(
    levels: Levels,
    terms: Mapping[Entry, Term],
    candidates: Rows,
    given: Sequence[int],
    limit: int,
    run: Run,
) -> Chosen:
    """Cut the candidates into shards, and choose of each.

    Args:
        levels: Into how many, and how many of each.
        terms: The factors, to which nothing has been added yet.
        candidates: Row numbers, ascending.
        given: Rows, none of them a candidate, that are in the selection from the start: in that of every shard.
        limit: How many are to be selected.
        run: Where to do it.

    Raises:
        ConfigError: a strategy can't be worked on in parts.
        RunError: the workers can't do it.
    """
    parts = [part for part in np.array_split(candidates, levels.shards) if len(part)]
    work = [(part, levels.per_shard) for part in parts]
    sample = candidates[:0]
    if len(terms) > 1 and len(candidates) > (count := levels.shards * levels.per_shard):
        sample = candidates[np.linspace(0, len(candidates) - 1, count).astype(np.intp)]
        work.append((sample, limit))
    strategies = [entry.strategy.type for entry in terms]
    rows, of_sample = [], tuple[float | None, ...]()
    with shard_workers(strategies, run) as workers:
        for number, found in enumerate(workers.chosen(_shards(terms, work, given))):
            run.monitor.report(Progress("preparing", number + 1, len(work)))
            if number < len(parts):
                rows.append(parts[number][found.picked])
            else:
                of_sample = found.reached
    picked = np.sort(np.concatenate([candidates[:0], *rows]))
    return Chosen(picked, len(parts), levels.per_shard, len(sample), of_sample)


def _shards(
    terms: Mapping[Entry, Term], work: Sequence[tuple[Rows, int]], given: Sequence[int]
) -> Iterator[CandidateShard]:
    """Each made when it is its turn."""
    for part, most in work:
        rows = np.union1d(part, np.asarray(given, dtype=np.intp))
        objectives = []
        for entry, term in terms.items():
            if (objective := term.objective.part(rows)) is None:
                message = f"{entry.strategy.type} can't be worked on in shards: select without approximate"
                raise ConfigError((Problem(f"{entry.path}.strategy", message),))
            objectives.append((entry.path, objective, term.strength))
        yield CandidateShard(
            tuple(objectives),
            len(rows),
            np.searchsorted(rows, part),
            np.searchsorted(rows, np.asarray(given, dtype=np.intp)).tolist(),
            most,
        )


def reached(
    approximate: Approximate, chosen: Chosen | None, terms: Mapping[Entry, Term], picks: Sequence[Pick], rows: int
) -> dict[str, Any]:
    """What an approximate selection has reached, as JSON data.

    Args:
        approximate: What was asked for.
        chosen: What it was made from, if in two levels.
        terms: The factors, to which all picks have been added.
        picks: Those.
        rows: How many rows the objectives know.
    """
    picked = np.array([found.row for found in picks], dtype=np.intp)
    values = picks[-1].objectives if picks else (None,) * len(terms)
    sampled = chosen.of_sample if chosen and chosen.sampled else ()
    told: dict[str, Any] = {}
    if chosen:
        told |= {"shards": chosen.shards, "per_shard": chosen.per_shard}
        told |= {"looked_at_together": len(chosen.rows), "sampled": chosen.sampled}
    if approximate.recall is not None:
        told["recall"] = approximate.recall
    with one_blas_thread():
        told["reached"] = {
            entry.path: {
                "objective": values[number],
                **({"of_sample": sampled[number]} if sampled else {}),
                **term.objective.reached(np.arange(rows), picked),
            }
            for number, (entry, term) in enumerate(terms.items())
        }
    return told
