"""Which of many files are images to select from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from tamis import Failure
from tamis.errors import DatasetError

#: File name suffixes that make a file in a folder an image to select from.
SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *(
            "avif",
            "bmp",
            "gif",
            "heic",
            "heif",
            "hif",
            "j2k",
            "jfif",
            "jp2",
            "jpe",
            "jpeg",
            "jpg",
            "mpo",
            "pbm",
            "pgm",
            "png",
            "pnm",
            "ppm",
        ),
        *("qoi", "tif", "tiff", "webp"),
    )
)

#: What a file is counted as whose name has none.
NO_SUFFIX = "without a suffix"

_LINE_BREAK = "results are lists with one name per line"


def _suffix_of(name: str) -> str:
    """As `PurePosixPath` has it, in lower case; there may be a million files, and this is ten times as fast."""
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 and name[dot - 1] != "/" and "/" not in name[dot:] else ""


class Sieve:
    """Takes names of files one by one, and keeps those of images, or of other files with certain suffixes.

    Args:
        suffixes: Of the files to keep.

    Attributes:
        names: Of these, in no order.
        failures: What can't be read, or can't be a sample.
        ignored: How many files have another suffix.
        kinds: How many have which, in lower case.
        other: The first of those in alphabetical order.
    """

    def __init__(self, suffixes: Collection[str] = SUFFIXES) -> None:
        self._suffixes = suffixes
        self.names: list[str] = []
        self.failures: list[Failure] = []
        self.ignored = 0
        self.kinds: Counter[str] = Counter()
        self.other = ""

    def take(self, name: str) -> None:
        """A file."""
        if (suffix := _suffix_of(name)) not in self._suffixes:
            self.ignored += 1
            self.kinds[suffix or NO_SUFFIX] += 1
            if not self.other or name < self.other:
                self.other = name
        elif "\n" in name or "\r" in name:
            self.fail(name, f"its name holds a line break: {_LINE_BREAK}")
        else:
            self.names.append(name)

    def fail(self, name: str, reason: str) -> None:
        """A file or a folder that can't be used."""
        self.failures.append(Failure(name or ".", "list", None, reason))

    def empty(self, where: object, remedy: str = "") -> DatasetError:
        """What to raise where there is no image; and what can be done about it."""
        plural = "s" * (self.ignored != 1)
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.most_common(5))
        others = f"; {self.ignored} other file{plural} ({kinds}), such as {self.other!r}" if self.ignored else ""
        return DatasetError(f"no image in {where}{others}{remedy}{self.reasons()}")

    def reasons(self) -> str:
        """What went wrong, a line each, for an error."""
        return "".join(f"\n{failure}" for failure in self.failures[:5])
