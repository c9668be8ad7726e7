"""``tamis.Inspection``: which samples have which issues."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.names import text_of
from tamis.data.predictions import Predictions
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.discovery.finding import OWN_DISTRIBUTION
from tamis.discovery.registry import Registry
from tamis.errors import RunError
from tamis.inspection.configuring import config_of, is_configurable
from tamis.inspection.files import INSPECTION
from tamis.inspection.judging import Found
from tamis.results.finding import Finding
from tamis.results.subject import Subject


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Inspection:
    """Which samples of a dataset have which issues; made by `tamis.inspect`.

    Attributes:
        dataset: What was inspected.
        summary: Each issue that was looked for, that of most samples first. It has ``issue`` (the `Issue` with the
            limit that held), ``name``, ``rule`` (the limit in words), ``source`` (where the limit comes from), ``key``
            (what the number is), and of the samples that have the issue, the worst first, ``samples`` (their names),
            ``values``, ``words`` and ``rows``; its length is their number.
        values: A row for each sample: all that was measured and read to judge by.
        readable: ``(n,)`` bool: which images could be opened.
        predictions: The labels or predictions of the annotations, fitted to their images; see `tamis.fitted`.
        lacking: Why other issues were not looked for, by name.
        notes: What the user should know about the result, a sentence each.
    """

    dataset: Dataset
    summary: tuple[Found, ...]
    values: Table
    readable: npt.NDArray[np.bool_]
    predictions: tuple[Predictions, ...] = ()
    lacking: Mapping[str, str] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.dataset)} samples, {len(self.flagged)} with an issue>"

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What went wrong with single samples."""
        return self.values.failures

    @property
    def absences(self) -> tuple[str, ...]:
        """Which issues were not looked for, and why, a sentence for each reason."""
        named: dict[str, list[str]] = {}
        for name, why in self.lacking.items():
            named.setdefault(why, []).append(name)
        return tuple(f"not looked for: {', '.join(names)}: {why}" for why, names in named.items())

    @cached_property
    def flagged(self) -> tuple[str, ...]:
        """The names of the samples that have any issue, in dataset order."""
        rows = [found.rows for found in self.summary]
        return tuple(self.dataset.samples[row] for row in np.unique(np.concatenate([np.arange(0), *rows])).tolist())

    @cached_property
    def issues(self) -> Table:
        """A row for each sample and issue, issue by issue, the worst sample first.

        Its columns are ``sample``, ``issue``, ``key`` (what the number is; empty for one of the issue's own),
        ``value``, ``limit`` and ``words``.
        """
        found = [each for each in self.summary if len(each)]
        counts = [len(each) for each in found]
        values = np.concatenate([np.zeros(0), *(each.values for each in found)])
        limits = np.repeat([each.issue.limit for each in found], counts).astype(np.float64)
        columns = (
            _texts("issue", np.repeat([each.name for each in found], counts)),
            _texts("key", np.repeat([each.key for each in found], counts)),
            Column("value", Kind.SCALAR, values),
            Column("limit", Kind.SCALAR, limits),
            _texts("words", [text for each in found for text in each.words]),
        )
        return Table(tuple(name for each in found for name in each.samples), {each.name: each for each in columns})

    @property
    def configurable(self) -> tuple[Found, ...]:
        """Those of the `summary` that have samples, and that a `config` can leave out."""
        return tuple(found for found in self.summary if len(found) and is_configurable(found.issue))

    def config(self) -> dict[str, Any]:
        """A selection config that leaves out what has an issue, and selects the rest.

        It has a THRESHOLD for each issue of the summary that some sample has, and whose number is one that a config can
        name. The names of all that have any issue are `flagged`: ``tamis.select`` takes them as ``exclude``.

        Raises:
            RunError: there is none.
        """
        if not self.configurable:
            raise RunError("nothing was found that a config can leave out")
        return config_of(found.issue for found in self.configurable)

    def manifest(self) -> dict[str, Any]:
        """What was looked for and found, as JSON data: the content of ``inspection.json``."""
        return {
            "tamis": version(OWN_DISTRIBUTION),
            "dataset": self.dataset.origin,
            "counts": {
                "samples": len(self.dataset),
                "not_opened": int((~self.readable).sum()),
                "flagged": len(self.flagged),
            },
            "issues": [
                {
                    "issue": found.name,
                    "samples": len(found),
                    "key": found.key or None,
                    found.issue.side: found.issue.limit,
                    "source": found.source,
                    "worst": [
                        {"sample": name, "value": value, "words": words}
                        for name, value, words in zip(
                            found.samples[:SHOWN], found.values[:SHOWN].tolist(), found.words, strict=False
                        )
                    ],
                }
                for found in self.summary
            ],
            "not_looked_for": dict(self.lacking),
            "notes": list(self.notes),
        }

    def write(
        self, folder: str | os.PathLike[str], *, force: bool = False, command: Sequence[str] | None = None
    ) -> None:
        """Write the result to a folder, as ``tamis inspect -o`` does. All files are written, or none.

        They are ``inspection.json`` (the `manifest`), ``flagged.txt``, ``errors.jsonl``, and the tables ``issues`` and
        ``values``: Parquet files if pyarrow is installed, CSV files otherwise.

        Args:
            folder: The folder; it is made if it doesn't exist.
            force: Whether to replace a result that is there already.
            command: The command line that the run was started by; ``inspection.json`` then has it.

        Raises:
            OutputError: the folder can't be written to, or holds a result.
        """
        INSPECTION.check(Path(folder), force=force)
        INSPECTION.write(
            Path(folder),
            force=force,
            names=self.flagged,
            tables=(self.issues, self.values),
            failures=self.failures,
            manifest={**self.manifest(), **({} if command is None else {"command": list(command)})},
        )

    def export(
        self, format: str, target: str | os.PathLike[str], *, registry: Registry | None = None, **options: Any
    ) -> tuple[str, ...]:
        """Write the inspection in the form of an export that needs no selection, such as ``report``, a page to look at.

        Args:
            format: The name of the export.
            target: Where to write, such as a path.
            registry: The plugins; by default all that are installed.
            options: Options of the export.

        Returns:
            Notes for the user.

        Raises:
            ConfigError: there is no such export, or its options are wrong.
            OutputError: the target can't be written to, or holds something that would be replaced; the export needs a
                selection.
            PluginError: the export can't be used.
        """
        findings = [
            Finding(
                found.name.replace("_", " "),
                samples=[text_of(name) for name in found.samples],
                told=found.words,
                doc=f"{_first(found.issue.doc)} The limit is {found.rule}: {found.source}.",
            )
            for found in self.summary
        ]
        keys = [found.key for found in self.summary if found.key in self.values.columns]
        shown = {key: self.values[key] for key in sorted(dict.fromkeys(keys))}
        subject = Subject.of_dataset(
            self.dataset,
            Table(self.dataset.samples, shown, self.failures),
            predictions=self.predictions,
            findings=findings,
            notes=self.absences,
        )
        return subject.export(format, target, registry=registry, **options)


#: How many samples of an issue a manifest names.
SHOWN = 10


def _first(doc: str) -> str:
    """The first paragraph of a documentation, on one line."""
    return " ".join(doc.partition("\n\n")[0].split())


def _texts(name: str, texts: Iterable[str]) -> Column:
    """A column of texts; an empty one is no value."""
    given = [text_of(str(text)) for text in texts]
    labels = tuple(dict.fromkeys(filter(None, given)))
    places = {label: place for place, label in enumerate(labels)}
    codes = np.array([places.get(text, -1) for text in given], dtype=np.int64)
    return Column(name, Kind.CATEGORY, codes, labels=labels, valid=codes >= 0)
