"""Where images are on a server: a URL, and how to reach it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

import attrs

from tamis import Params, without_secrets
from tamis.errors import DatasetError, ParameterError

#: Schemes of URLs that obstore takes.
AMAZON, CLOUD, WEB = ("s3", "s3a"), ("gs", "az", "azure", "abfs", "abfss"), ("https", "http")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.+)", re.DOTALL)
#: What makes a part of a path a pattern.
PATTERN = re.compile(r"[*?[]")
_ENDPOINT = re.compile(r"https?://[^/@?#\s]+(/[^@?#\s]*)?")


def is_url(location: str) -> bool:
    """Whether it is a URL, and no path."""
    return _URL.fullmatch(location) is not None


@attrs.frozen
class Place:
    """A location of this source.

    Attributes:
        url: As it was given, but for slashes at its end. It may hold a password: it is neither shown nor stored.
        scheme: In lower case.
        anonymous: Whether to ask without credentials.
        endpoint: The server, if it is another than the scheme's own.
    """

    url: str = attrs.field(repr=False)
    scheme: str
    anonymous: bool = False
    endpoint: str | None = None

    @classmethod
    def of(cls, location: str, options: Params) -> Place:
        """Raises `DatasetError` and `ParameterError`."""
        shown = without_secrets(location)
        if not (match := _URL.fullmatch(location)):
            raise DatasetError(f"the location {shown!r} is not a URL, such as s3://bucket/folder")
        scheme, anonymous, endpoint = match[1].lower(), bool(options.get("anonymous")), options.get("endpoint")
        if "***" in match[2].partition("/")[0]:
            raise DatasetError(f"{shown} was recorded without its user and password: open it by its whole URL")
        if scheme in (*AMAZON, *CLOUD, *WEB) and ("?" in location or "#" in location):
            raise DatasetError(
                f"{shown.partition('?')[0].partition('#')[0]} can't be followed by a query: credentials belong in the "
                "environment, and in the name of a folder '?' is %3F and '#' %23"
            )
        if anonymous and scheme not in (*AMAZON, *CLOUD):
            raise ParameterError("anonymous", f"is for buckets, and {scheme}:// locations are none")
        if endpoint is not None and scheme not in (*AMAZON, "gs"):
            raise ParameterError("endpoint", f"is for s3:// and gs:// locations, and this is {scheme}://")
        if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
            raise ParameterError("endpoint", "is not the address of a server, such as https://minio:9000")
        return cls(location.rstrip("/"), scheme, anonymous, endpoint)

    @property
    def shown(self) -> str:
        """The URL, fit to be shown and stored."""
        return without_secrets(self.url)

    @property
    def shareable(self) -> bool:
        """Unless it is in the memory of this process."""
        return self.scheme != "memory"

    @property
    def has_path(self) -> bool:
        """Whether it is more than a bucket or a host."""
        return _URL.fullmatch(self.url.rpartition("/")[0]) is not None

    def split(self) -> tuple[Place, str]:
        """The folder that a file is in, and the name of the file there. Raises `DatasetError` if it has none."""
        parent, _, last = self.url.rpartition("/")
        if not self.has_path:
            raise DatasetError(f"{self.shown} is no file: it has no path")
        return attrs.evolve(self, url=parent), self._unescaped(last)

    @staticmethod
    def common(others: Sequence[Place]) -> Place:
        """The deepest folder that these are all below, and that no part of a pattern belongs to."""
        folders = [other.url.split("/")[:-1] for other in others]
        depth = 3  # scheme, nothing, and bucket or host
        while all(
            len(parts) > depth and parts[: depth + 1] == folders[0][: depth + 1] and not PATTERN.search(parts[depth])
            for parts in folders
        ):
            depth += 1
        if min(map(len, folders)) < depth:
            return others[0]  # a bucket
        return attrs.evolve(others[0], url="/".join(folders[0][:depth]))

    def below(self, other: Place) -> str:
        """The path of another below this one."""
        return self._unescaped(other.url[len(self.url) + 1 :])

    def _unescaped(self, name: str) -> str:
        """As it is called there: what libraries take for paths is not escaped."""
        return unquote(name) if self.scheme in (*AMAZON, *CLOUD, *WEB) else name

    def name_of(self, line: str) -> str:
        """What a sample is called that a list has as a path below this location, or as a URL. Raises `DatasetError`."""
        name = line
        if "://" in line:
            if not line.startswith(f"{self.url}/"):
                raise DatasetError(f"{without_secrets(line)!r} is not below {self.shown}")
            name = unquote(line[len(self.url) + 1 :])
        if any(part in ("", ".", "..") for part in name.split("/")):
            raise DatasetError(f"{without_secrets(line)!r} is not a path below {self.shown}")
        return name
