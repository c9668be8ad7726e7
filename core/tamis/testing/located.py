"""What is checked of a plugin that works on a location: of sources and annotation formats."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from typing import Any

from tamis import errors
from tamis.config.reading import with_defaults
from tamis.testing.checking import Skip
from tamis.testing.configured import ConfiguredSuite


class LocatedSuite(ConfiguredSuite):
    """Checks of a declaration with locations.

    Args:
        location: Something that it takes.
        options: With these options; by default the first ``examples`` of the schema, if any.
    """

    def __init__(
        self, declaration: Any, *, location: str = "", options: dict[str, Any] | None = None, **more: Any
    ) -> None:
        super().__init__(declaration, params=[options] if options is not None else (), **more)
        self._location = location

    @cached_property
    def location(self) -> str:
        """Something that it takes. Skips the check that is running if there is nothing."""
        if not self._location:
            raise Skip(f"it needs something to read: pass location=, or --location {self.key}:LOCATION")
        return self._location

    @cached_property
    def options(self) -> dict[str, Any]:
        """Options that go with it."""
        schema = self.declaration.schema
        examples: Sequence[Any] = self._given or schema.get("examples") or [{}]
        found: dict[str, Any] = with_defaults(dict(examples[0]), schema)
        return found

    @cached_property
    def nowhere(self) -> str:
        """A path at which there is nothing."""
        folder = tempfile.mkdtemp(prefix="tamis-testing-")
        weakref.finalize(self, rmtree, folder, ignore_errors=True)
        return str(Path(folder, "nothing"))


def refuses(work: Any, what: str) -> None:
    """Fail unless this raises an error that tamis knows, and says what is wrong."""
    try:
        work()
    except Skip:
        raise
    except errors.MissingDependencyError as error:
        raise Skip(str(error)) from error
    except errors.TamisError as error:
        if not str(error).strip():
            raise AssertionError(f"{what}: its error says nothing") from error
        return
    except Exception as error:
        raise AssertionError(
            f"{what}: it raises {type(error).__name__}, not an error of tamis.errors: {error}"
        ) from error
    raise AssertionError(f"{what}: it raises nothing")
