"""Checks of exports."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from tamis import Export, Params, Selection, Subject, compute, errors, select
from tamis.results.exporting import with_registry
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.configured import ConfiguredSuite

#: What the kit selects: two samples by a metric, one of all others removed by a threshold.
CONFIG = {
    "n_samples": 2,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "lightly.width"},
            "strategy": {"type": "THRESHOLD", "threshold": 2, "operation": "BIGGER"},
        },
        {"input": {"type": "METADATA", "key": "lightly.luminance"}, "strategy": {"type": "WEIGHTS"}},
        {"input": {"type": "METADATA", "key": "weather"}, "strategy": {"type": "BALANCE", "distribution": "UNIFORM"}},
    ],
}


class ExportSuite(ConfiguredSuite):
    """Checks of an export, with a selection from the kit's samples."""

    kind = "export"
    function = "write"
    arguments = ("type", "format", "target", "registry")

    @cached_property
    def selection(self) -> Selection:
        """A selection, fresh from a run."""
        return select(self.dataset, CONFIG, registry=self.registry)

    @cached_property
    def _room(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tamis-testing-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _target(self, name: str) -> Path:
        return self._room / name

    def _write(self, selection: Selection, target: Path, params: Params) -> None:
        try:
            notes = list(with_registry(self.declaration.write, self.registry)(selection, str(target), params))
        except errors.MissingDependencyError as error:
            raise Skip(str(error)) from error
        require(all(isinstance(note, str) for note in notes), f"its notes are {notes!r:.80}, not texts")

    def check_writes(self) -> None:
        """It carries a selection to a target that isn't there yet, with any of its options."""
        for number, (params, shown) in enumerate(self.params_with_words()):
            target = self._target(f"writes-{number}")
            self._write(self.selection, target, params)
            require(target.exists() or not self._local, f"{shown}: there is nothing at its target")

    @property
    def _local(self) -> bool:
        """Whether its targets are paths: whether it has written one."""
        return any(self._room.iterdir())

    def check_describes(self) -> None:
        """If it describes subjects, it takes a dataset of which nothing was selected, and leaves something there."""
        if self.declaration.describe is None:
            raise Skip("it writes selections only")
        table = compute(self.dataset, ["lightly.width", "lightly.luminance"], registry=self.registry)
        subject = Subject.of_dataset(self.dataset, table)
        describe = with_registry(self.declaration.describe, self.registry)
        for number, params in enumerate(self.params):
            target = self._target(f"describes-{number}")
            notes = list(describe(subject, str(target), params))
            require(all(isinstance(note, str) for note in notes), f"its notes are {notes!r:.80}, not texts")
            require(target.exists() or not self._local, "there is nothing at its target")

    def check_read_back(self) -> None:
        """It carries a selection that was read back from a folder as it does one that comes from a run."""
        folder = self._target("selection")
        self.selection.write(folder)
        again = Selection.read(folder, registry=self.registry)
        for number, params in enumerate(self.params):
            fresh, recorded = self._target(f"fresh-{number}"), self._target(f"recorded-{number}")
            self._write(self.selection, fresh, params)
            self._write(again, recorded, params)
            require(_names(fresh) == _names(recorded), "of a selection that was read back it writes other files")

    def check_deterministic(self) -> None:
        """The same selection gives the same files."""
        for number, params in enumerate(self.params):
            first, second = self._target(f"first-{number}"), self._target(f"second-{number}")
            self._write(self.selection, first, params)
            self._write(self.selection, second, params)
            require(_contents(first) == _contents(second), "it writes something else the second time")

    def check_keeps(self) -> None:
        """What is at the target already is kept, and the export refused, unless it is told to replace it."""
        for number, params in enumerate(self.params):
            target = self._target(f"keeps-{number}")
            self._write(self.selection, target, params)
            if not target.exists():
                raise Skip("its targets are no paths")
            before = _contents(target)
            try:
                self._write(self.selection, target, params)
            except errors.OutputError:
                require(_contents(target) == before, "it refuses to write, and has changed what was there")
                continue
            forced = params.get("force") is True
            require(forced, "it writes over what is there without being told to (an option force, false by default)")

    def check_whole(self) -> None:
        """A target that can't be written to is an `OutputError`, and nothing is left of the attempt."""
        blocked = self._target("a-file")
        blocked.write_text("not a folder")
        for params in self.params:
            target = blocked / "inside"
            try:
                self._write(self.selection, target, params)
            except errors.OutputError:
                require(blocked.read_text() == "not a folder", "it has changed what is in its way")
            else:
                raise Skip("its targets are no paths")

    def check_leaves_the_selection(self) -> None:
        """It changes nothing of the selection."""
        before = self.selection.manifest(), self.selection.selected
        for number, params in enumerate(self.params):
            self._write(self.selection, self._target(f"leaves-{number}"), params)
        require((self.selection.manifest(), self.selection.selected) == before, "it changes the selection")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        for number, params in enumerate(self.params):
            target = self._target(f"quiet-{number}")
            self.quietly(lambda target=target, params=params: self._write(self.selection, target, params))  # type: ignore[misc]


def _names(target: Path) -> list[str]:
    """The files of an output, relative to it."""
    if target.is_file():
        return [""]
    return sorted(str(path.relative_to(target)) for path in target.rglob("*"))


def _contents(target: Path) -> dict[str, bytes]:
    """What is in the files of an output."""
    files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
    return {os.path.relpath(path, target): path.read_bytes() for path in files}


def check_export(
    export: Export,
    *,
    params: Sequence[Params] = (),
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check an export with a selection from the kit's samples. Arguments as for `check_input_provider`.

    Its targets are paths in a temporary folder.
    """
    return run_checks(ExportSuite(export, params=params, plugins=plugins, expected_failures=expected_failures).checks())
