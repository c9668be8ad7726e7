"""What is checked of a plugin of any kind."""

from __future__ import annotations

import io
import pickle
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from tamis import Dataset, Registry, errors
from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.testing.checking import Check, Skip, require
from tamis.testing.images import write_images
from tamis.testing.importing import Imported, import_afresh
from tamis.testing.lightly import write_lightly


class Suite:
    """The checks of one declaration: its methods named ``check_*``, in the order they are written.

    Args:
        declaration: What is checked.
        plugins: Modules or declarations to register beside it, such as a view that it needs.
        expected_failures: Why a check is expected to fail, by its name.
        imported: What importing its module does, where that is known already.

    Raises:
        UnknownKeyError: ``expected_failures`` names no check.
    """

    kind: ClassVar[PluginKind]
    function: ClassVar[str]
    """The field that holds its main function."""

    def __init__(
        self,
        declaration: Any,
        *,
        plugins: Sequence[object] = (),
        expected_failures: Mapping[str, str] | None = None,
        imported: Imported | None = None,
    ) -> None:
        self.declaration, self.plugins = declaration, plugins
        self.expected_failures = expected_failures or {}
        if imported:
            self.imported = imported
        names = [name for name, _ in self.described()]
        for name in self.expected_failures:
            if name not in names:
                raise errors.UnknownKeyError(f"no check is named '{name}'{errors.did_you_mean(name, names)}")

    @property
    def key(self) -> str:
        """Its key."""
        return str(getattr(self.declaration, EXTENSION_POINTS[self.kind].key))

    @property
    def subject(self) -> str:
        """Its kind and key."""
        return f"{self.kind} {self.key}"

    def checks(self) -> list[Check]:
        """All that apply to its kind."""
        return [
            Check(self.subject, name, doc, getattr(self, f"check_{name}"), self.expected_failures.get(name))
            for name, doc in self.described()
        ]

    @classmethod
    def described(cls) -> list[tuple[str, str]]:
        """The name of each check, and what must hold."""
        names = dict.fromkeys(
            name for base in reversed(cls.__mro__) for name in vars(base) if name.startswith("check_")
        )
        return [(name.removeprefix("check_"), (getattr(cls, name).__doc__ or "").strip()) for name in names]

    # What checks work with

    @cached_property
    def registry(self) -> Registry:
        """One that has this declaration, whatever else is installed under its key."""
        return self.registry_with(self.declaration)

    def registry_with(self, declaration: Any, *further: object) -> Registry:
        """A registry with this declaration under the key."""
        registry = Registry(environ=False)
        if self._installed(registry) != declaration:
            registry = Registry(environ=False, block=[self.key])
            registry.register(declaration)
        for plugin in (*self.plugins, *further):
            registry.register(plugin)
        return registry

    def _installed(self, registry: Registry) -> Any:
        try:
            return registry.declaration(self.kind, self.key)
        except errors.PluginError:
            return None

    @cached_property
    def folder(self) -> Path:
        """A temporary folder with `SAMPLES` and a ``.lightly`` folder, for as long as the suite is in use."""
        folder = Path(tempfile.mkdtemp(prefix="tamis-testing-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        write_images(folder)
        write_lightly(folder)
        return folder

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset of that folder."""
        return Dataset.from_directory(self.folder)

    @cached_property
    def module(self) -> str:
        """Where its main function is written."""
        function = getattr(self.declaration, self.function)
        return str(getattr(function, "__module__", "") or type(function).__module__)

    @cached_property
    def imported(self) -> Imported:
        """What importing its module does."""
        return import_afresh([self.module])[self.module]

    def quietly(self, work: Callable[[], Any]) -> None:
        """Fail if it prints or warns."""
        printed = io.StringIO()
        with warnings.catch_warnings(record=True) as caught, redirect_stdout(printed), redirect_stderr(printed):
            warnings.simplefilter("always")
            work()
        require(not printed.getvalue(), f"it prints {printed.getvalue()[:100]!r}")
        require(not caught, f"it warns: {caught[0].message}" if caught else "")

    # Checks of every kind

    def check_entry_point(self) -> None:
        """The name of its entry point is its key."""
        try:
            provider = Registry(environ=False).provider(self.kind, self.key)
        except errors.PluginConflictError:
            raise
        except errors.PluginError:
            pass
        else:
            require(not provider.reserved, "keys under 'lightly.' are tamis's own: use '<vendor>.<name>'")
            return
        named = [
            status.plugin.key
            for status in Registry(environ=False).plugins()
            if status.plugin.kind == self.kind and status.plugin.module == self.module
        ]
        require(not named, f"it declares '{self.key}', and the entry points of {self.module} name {', '.join(named)}")
        raise Skip("not installed: no entry point names it")

    def check_documented(self) -> None:
        """It has a ``doc``: what it is, its formula and source."""
        require(self.declaration.doc.strip(), "its doc is empty")

    def check_pickles(self) -> None:
        """It pickles, and unpickles equal, so that worker processes can have it: functions are those of a module."""
        try:
            copy = pickle.loads(pickle.dumps(self.declaration))  # noqa: S301 (our own)
        except Exception as error:
            raise AssertionError(f"it can't be pickled: {error} (are all its functions those of a module?)") from error
        require(copy == self.declaration, "unpickled, it is not equal to itself")

    def check_imports_quietly(self) -> None:
        """Importing its module succeeds, prints nothing and sets no signal handler."""
        imported = self._imported()
        require(not imported.error, f"importing {self.module} raises {imported.error}")
        require(not imported.printed, f"importing {self.module} prints {imported.printed[:100]!r}")
        require(not imported.signals, f"importing {self.module} sets a signal handler")

    def check_imports_lightly(self) -> None:
        """Importing its module takes less than a second of CPU time and no heavy package: such are imported in use."""
        imported = self._imported()
        require(
            not imported.heavy, f"importing {self.module} imports {', '.join(imported.heavy)}: import it where used"
        )
        require(imported.seconds < 1, f"importing {self.module} takes {imported.seconds:.1f} s of CPU time")

    def _imported(self) -> Imported:
        if self.imported.missing:
            raise Skip(f"{self.module} is not a module that another process can import")
        return self.imported
