"""The images in a zip archive, or in all zip archives of a folder, in the order of their names.

Samples of one archive are named by their paths in it; those of a folder by the archive's name without its suffix, and
that path: ``2024/cat.jpg``. Members of other suffixes than ``jpg``, ``jpeg``, ``png``, ``tif`` and ``webp`` are counted
and left out. What was measured is found again by the check sums that the archives hold.
"""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

from tamis import Failure, Images, Listing, Params, Source, errors, hookimpl

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".webp")


class Archives(Images):
    """The members of some archives.

    Args:
        archives: Paths of archives, by what the names of their samples begin with: ``""``, or ``"2024/"``.
    """

    def __init__(self, archives: dict[str, str]) -> None:
        self.archives = archives
        self._opened: dict[str, zipfile.ZipFile] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> Any:
        return Archives, (self.archives,)  # open files stay in this process

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The content of a member."""
        archive, member = self._found(name)
        with reading(name):
            return io.BytesIO(archive.read(member))

    def fingerprint(self, name: str) -> str | None:
        """Its check sum and size, which are in the table of its archive."""
        try:
            archive, member = self._found(name)
        except OSError:
            return None
        found = archive.getinfo(member)
        return f"{found.CRC:08x}:{found.file_size}"

    def _found(self, name: str) -> tuple[zipfile.ZipFile, str]:
        """The archive of a sample, opened once, and the member."""
        prefix = "" if "" in self.archives else f"{name.partition('/')[0]}/"
        if prefix not in self.archives:
            raise FileNotFoundError(f"no archive has {name}")
        with self._lock:
            if prefix not in self._opened:
                with reading(self.archives[prefix]):
                    self._opened[prefix] = zipfile.ZipFile(self.archives[prefix])
        member = name.removeprefix(prefix)
        if member not in self._opened[prefix].NameToInfo:
            raise FileNotFoundError(f"{self.archives[prefix]} has no {member}")
        return self._opened[prefix], member


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever is wrong with an archive is an `OSError`, as of any file."""
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise OSError(f"{what}: {error}") from error


def list_archives(location: str, options: Params) -> Listing:
    """Read the tables of the archives; no image is opened."""
    path = Path(location)
    if path.is_dir():
        paths = {f"{archive.stem}/": str(archive.absolute()) for archive in sorted(path.glob("*.zip"))}
    else:
        paths = {"": str(path.absolute())}
    names: list[str] = []
    parts: list[int] = []
    failures: list[Failure] = []
    ignored = 0
    for prefix, archive in paths.items():
        try:
            with reading(archive), zipfile.ZipFile(archive) as opened:
                members = sorted({member.filename for member in opened.infolist() if not member.is_dir()})
        except OSError as error:
            reason = error.strerror or str(error)
            if not prefix:
                raise errors.DatasetError(f"the archive {location!r} can't be read: {reason}") from error
            failures.append(Failure(prefix.rstrip("/"), "list", None, reason))
            continue
        images = [member for member in members if member.lower().endswith(SUFFIXES) and "\n" not in member]
        ignored += len(members) - len(images)
        if images:
            parts.append(len(names))
            names += [prefix + member for member in images]
    if not names:
        raise errors.DatasetError(f"there is no image in {location!r}: {len(paths)} archives, {ignored} other files")
    return Listing(names, Archives(paths), parts=parts, failures=failures, ignored=ignored)


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare acme_zip."""
    return [Source("acme_zip", list_archives, suffixes=[".zip"], doc=__doc__ or "")]
