"""Distributions that look installed: what pip would leave, in a temporary folder on ``sys.path``."""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path


class Site:
    """A folder of distributions, found until it is closed."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tamis-testing-"))
        self._modules: list[str] = []
        sys.path.insert(0, str(self.folder))

    def install(
        self, name: str, version: str, entry_points: Mapping[str, Mapping[str, str]], modules: Mapping[str, str]
    ) -> None:
        """Install a distribution, in place of the one that has its name.

        Args:
            name: Of the distribution.
            version: Of the distribution.
            entry_points: By group: keys, and the module of each.
            modules: Names and sources. One that has been imported stays as it is.
        """
        self.uninstall(name)
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        groups = (f"[{group}]\n{_lines(keys.items())}" for group, keys in entry_points.items())
        (info / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")
        for module, source in modules.items():
            (self.folder / f"{module}.py").write_text(source, encoding="utf-8")
            self._modules.append(module)
        importlib.invalidate_caches()

    def uninstall(self, name: str) -> None:
        """Forget a distribution, if there is one of this name; its modules stay."""
        for info in self.folder.glob(f"{name.replace('-', '_')}-*.dist-info"):
            shutil.rmtree(info)
        importlib.invalidate_caches()

    @property
    def imported(self) -> set[str]:
        """Those of its modules that have been imported."""
        return set(self._modules) & set(sys.modules)

    def close(self) -> None:
        """Remove the folder, and what was imported from it."""
        sys.path.remove(str(self.folder))
        for module in self.imported:
            del sys.modules[module]
        shutil.rmtree(self.folder, ignore_errors=True)
        importlib.invalidate_caches()


def _lines(items: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in items)
