"""The JSON files that belong to images: at the mirrored path, with the suffix ``.json``."""

from __future__ import annotations

import errno
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tamis_plugins.label_files.reading import open_file

#: Larger files are refused unread.
MAX_BYTES = 64 << 20


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


def orphans(folder: str | os.PathLike[str], samples: Sequence[str]) -> tuple[str, ...]:
    """The JSON files of a folder that belong to no sample, sorted; the schema is none of them."""
    found = set()
    for parent, _, names in os.walk(folder):
        relative = os.path.relpath(parent, folder)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        found |= {prefix + name for name in names if name.endswith(".json")}
    lost = found - {sidecar_path(sample) for sample in samples} - {"schema.json"}
    for sample, paths in other_paths(samples).items():
        if sidecar_path(sample) not in found:
            lost -= {next((path for path in paths if path in found), "")}
    return tuple(sorted(lost))


def read_first(
    folder: str | os.PathLike[str], paths: Iterable[str], error_type: type[Exception]
) -> tuple[str, bytes] | None:
    """The first of some files of a folder that is there, and its content; None if none is. Raises ``error_type``."""
    for path in paths:
        where = f"{os.fspath(folder)}/{path}"
        if (content := read_bytes(where, error_type)) is not None:
            return where, content
    return None


def read_bytes(path: str | os.PathLike[str], error_type: type[Exception]) -> bytes | None:
    """The content of a file; None if there is none. Never waits, and never reads more than `MAX_BYTES`.

    Raises:
        error_type: it can't be read, is no regular file, or is too large; the message names the path.
    """
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise error_type(f"{os.fspath(path)}: larger than {MAX_BYTES >> 20} MiB")
            return file.read(size + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:  # a NUL, or a surrogate that stands for no byte
        raise error_type(f"{os.fspath(path)!r} is no path: {error}") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise error_type(f"{os.fspath(path)}: can't be read: {error.strerror or error}") from error
