"""Checks of sections."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any

import attrs
import numpy as np

from tamis import Dataset, Finding, Images, Params, Section, Selection, Subject, blocks, compute, errors, select
from tamis.results.sections import MOST
from tamis.testing.checking import CheckResult, Skip, fail, require, run_checks
from tamis.testing.configured import ConfiguredSuite
from tamis.testing.exports import CONFIG

#: The export that shows sections.
REPORT = "report"


class Closed(Images):
    """Images that mustn't be opened."""

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Fail the check."""
        raise AssertionError(f"it opens the image {name!r}: a card has the picture of its sample")
        yield


class SectionSuite(ConfiguredSuite):
    """Checks of a section, on reports about the kit's samples."""

    kind = "section"
    function = "make"

    @cached_property
    def samples(self) -> Dataset:
        """The kit's samples, with a vector each."""
        vectors = np.random.default_rng(0).normal(size=(len(self.dataset), 4)).astype(np.float32)
        return attrs.evolve(self.dataset, vectors=vectors)

    @cached_property
    def selection(self) -> Selection:
        """A selection, fresh from a run."""
        return select(self.samples, CONFIG, registry=self.registry)

    @cached_property
    def selected(self) -> Subject:
        """What is known of that selection."""
        return Subject.of_selection(self.selection)

    @cached_property
    def unselected(self) -> Subject:
        """What is known of the samples, without a selection."""
        table = compute(self.samples, ["lightly.width", "lightly.luminance"], registry=self.registry)
        annotations = self.samples.annotations
        return Subject.of_dataset(
            self.samples,
            table,
            predictions=[
                annotations.predictions(task, self.samples.samples, lambda done, total: None)
                for task in annotations.tasks()
            ],
            findings=[Finding("odd", self.samples.samples[:2], told=["one", "two"], doc="Odd ones.")],
        )

    @cached_property
    def _room(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tamis-testing-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _reported(self, subject: Subject, params: Params, **options: Any) -> str:
        """The page with this section alone; a problem of the section fails the check."""
        target = self._room / "report.html"
        chosen = [{"type": self.key, **params}]
        notes = subject.export(REPORT, target, registry=self.registry, sections=chosen, force=True, **options)
        if said := [note for note in notes if " in the report: " in note]:
            self._make(params)  # is it a library that is missing?
            fail(said[0].partition(" in the report: ")[2])
        return target.read_text(encoding="utf-8")

    def check_makes(self) -> None:
        """Of a selection fresh from a run it makes blocks that a report shows, or none, with any of its options."""
        for params in self.params:
            self._reported(self.selected, params)

    def check_read_back(self) -> None:
        """It does so of a selection that was read back from a folder."""
        folder = self._room / "selection"
        self.selection.write(folder, force=True)
        subject = Subject.of_selection(Selection.read(folder, registry=self.registry))
        for params in self.params:
            self._reported(subject, params)

    def check_without_selection(self) -> None:
        """It does so of a dataset of which nothing was selected, and of one of which nothing is known but names."""
        bare = Subject.of_dataset(Dataset(self.samples.samples))
        for params in self.params:
            self._reported(self.unselected, params)
            self._reported(bare, params)

    def check_deterministic(self) -> None:
        """The same subject gives the same page."""
        for params in self.params:
            for subject in (self.selected, self.unselected):
                first, second = (self._reported(subject, params) for _ in range(2))
                require(first == second, "it shows something else the second time")

    def check_opens_no_image(self) -> None:
        """It opens no image: that costs time, and there may be none."""
        closed = attrs.evolve(self.samples, images=Closed())
        for params in self.params:
            for subject in (self.selected, self.unselected):
                self._reported(attrs.evolve(subject, dataset=closed), params, thumbnails=0)

    def check_leaves_the_subject(self) -> None:
        """It changes nothing of what it is given."""
        before = self.selection.manifest(), self.selection.selected, dict(self.selected.columns)
        for params in self.params:
            self.keeping(self._make)(params)
        require(
            (self.selection.manifest(), self.selection.selected, dict(self.selected.columns)) == before,
            "it changes its subject",
        )

    def _make(self, params: Params) -> list[blocks.Block]:
        try:
            return list(islice(self.declaration.make(self.selected, params), MOST))
        except errors.MissingDependencyError as error:
            raise Skip(str(error)) from error

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        for params in self.params:
            self.quietly(lambda params=params: self._reported(self.selected, params))  # type: ignore[misc]
            self.quietly(lambda params=params: self._reported(self.unselected, params))  # type: ignore[misc]


def check_section(
    section: Section,
    *,
    params: Sequence[Params] = (),
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check a section on reports about the kit's samples. Arguments as for `check_input_provider`.

    It is made of a selection, of one that was read back, and of the samples without a selection.
    """
    suite = SectionSuite(section, params=params, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
