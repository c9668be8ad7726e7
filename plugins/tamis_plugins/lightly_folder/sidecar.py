"""The JSON files that belong to images: at the mirrored path, with the suffix ``.json``."""

from __future__ import annotations

import errno
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import attrs

from tamis_plugins.anywhere.tree import Tree


def sidecar_path(sample: str) -> str:
    """The file of a sample, relative to the folder of all of them."""
    return f"{os.path.splitext(sample)[0]}.json"  # noqa: PTH122 (pathlib would show for 100,000 names)


def collisions(samples: Sequence[str]) -> dict[int, str]:
    """Rows that share a file with another, such as ``a.jpg`` and ``a.png``, and what to say about it."""
    rows = defaultdict(list)
    for row, sample in enumerate(samples):
        rows[sidecar_path(sample)].append(row)
    schema = dict.fromkeys(rows.pop("schema.json", ()), "schema.json is not its file but the schema")
    return schema | {
        row: f"{path} would belong to {' and '.join(samples[row] for row in sharing)}"
        for path, sharing in rows.items()
        if len(sharing) > 1
        for row in sharing
    }


def other_paths(samples: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Where else a sample's file may be, by sample: in the other Unicode forms of its path.

    File systems of macOS used to decompose the names that other programs compose. A path that could be of several
    samples is of none.
    """
    named: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        if not sample.isascii():
            named[unicodedata.normalize("NFC", sidecar_path(sample))].append(sample)
    others = {}
    for composed, alike in named.items():
        forms = (composed, unicodedata.normalize("NFD", composed))
        if len(alike) == 1:
            others[alike[0]] = tuple(form for form in forms if form != sidecar_path(alike[0]))
    return others


def is_of(name: object, sample: str) -> bool:
    """Whether the name in a file is the sample's, in whichever Unicode form."""
    return name == sample or (
        isinstance(name, str) and unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", sample)
    )


def orphans(tree: Tree, folder: str, samples: Sequence[str]) -> tuple[str, ...]:
    """The JSON files of a folder that belong to no sample, sorted; the schema is none of them."""
    found = {path for path in tree.files(folder) if path.endswith(".json")}
    lost = found - {sidecar_path(sample) for sample in samples} - {"schema.json"}
    for sample, paths in other_paths(samples).items():
        if sidecar_path(sample) not in found:
            lost -= {next((path for path in paths if path in found), "")}
    return tuple(sorted(lost))


@attrs.frozen
class Sidecar:
    """The file of a sample.

    Attributes:
        where: It, fit to be shown.
        content: What is in it; or why it can't be read.
    """

    where: str
    content: bytes | OSError

    def data(self, error_type: type[Exception]) -> bytes:
        """What is in it. Raises ``error_type`` with the path."""
        if isinstance(self.content, OSError):
            raise error_type(unreadable(self.where, self.content)) from self.content
        return self.content


def sidecars(tree: Tree, folder: str, candidates: Iterable[Sequence[str]]) -> Iterator[Sidecar | None]:
    """Of several paths of each sample the first at which there is a file, in order; None where there is none."""
    wanted = [[f"{folder}/{path}" for path in paths] for paths in candidates]
    for paths, first in zip(wanted, tree.contents(paths[0] for paths in wanted), strict=True):
        content, where = first, paths[0]
        for where in paths[1:] if is_missing(first) else ():
            (content,) = tree.contents([where])
            if not is_missing(content):
                break
        yield None if is_missing(content) else Sidecar(tree.shown(where), content)


def read_bytes(tree: Tree, path: str, error_type: type[Exception]) -> bytes | None:
    """The content of a file; None if there is none. Raises ``error_type`` with the path if it can't be read."""
    (content,) = tree.contents([path])
    return None if is_missing(content) else Sidecar(tree.shown(path), content).data(error_type)


def is_missing(content: bytes | OSError) -> bool:
    """Whether that is because there is no such file."""
    return isinstance(content, OSError) and content.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def unreadable(where: str, error: OSError) -> str:
    """What is told of a file that can't be read."""
    reason = error.strerror or str(error)
    return f"{where}: {reason}" if error.errno == errno.EFBIG else f"{where}: can't be read: {reason}"
