"""Checks of sources."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from tamis import Dataset, Images, Listing, Params, Source, compute, errors
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.located import LocatedSuite, refuses

#: Samples that are looked at one by one.
LOOKED_AT = 16


class SourceSuite(LocatedSuite):
    """Checks of a source. By default on a folder with `SAMPLES`, if it recognizes folders."""

    kind = "source"
    function = "open"
    arguments = ("type", "location", "source", "registry")

    @cached_property
    def location(self) -> str:
        """What was given, or the kit's folder."""
        folder = str(self.folder)
        if not self._location and self.declaration.recognizes and self.declaration.recognizes(folder):
            return folder
        return super().location

    @cached_property
    def listing(self) -> Listing:
        """What it finds there."""
        return self._opened()

    def _opened(self) -> Listing:
        try:
            found = self.declaration.open(self.location, self.options)
        except errors.MissingDependencyError as error:
            raise Skip(str(error)) from error
        require(isinstance(found, Listing), f"open returns {type(found).__name__}, not a Listing")
        return found  # type: ignore[no-any-return]  # it was looked at

    def _pixels(self, images: Images, name: str) -> Any:
        """The pixels of an image; None if it can't be read."""
        try:
            with images.open(name) as found:
                image = found if isinstance(found, Image.Image) else Image.open(found)
                return np.asarray(image)
        except OSError:
            return None

    @property
    def images(self) -> Images:
        """How to open what it lists. Skips the check that is running if it lists what has no images."""
        images: Any = self.listing.images
        if images is None:
            raise Skip("it lists samples without images")
        require(isinstance(images, Images), f"images are {type(images).__name__}, not Images")
        return images  # type: ignore[no-any-return]  # it was looked at

    def check_lists(self) -> None:
        """It lists samples: at least one, each once, in the same order every time, no name with a line break."""
        names = self.listing.names
        require(names, "it finds no sample")
        require(len(set(names)) == len(names), "two samples have one name")
        require(not any("\n" in name or "\r" in name for name in names), "a name holds a line break")
        require(self._opened().names == names, "it lists other names, or another order, the second time")

    def check_opens(self) -> None:
        """Every image opens as a file in a format that tamis decodes, or as an image, as often as one likes."""
        for name in self.listing.names[:LOOKED_AT]:
            first = self._pixels(self.images, name)
            require(first is not None, f"{name} can't be read")
            require(np.array_equal(first, self._pixels(self.images, name)), f"{name}: other pixels the second time")

    def check_measures(self) -> None:
        """A run measures what it lists, in processes of its own as in this one."""
        require(self.images, "it has no images")
        registry = self.registry_with(self.declaration)
        dataset = Dataset.open(self.location, self.key, registry=registry, **self._spoken())
        dataset = dataset.subset(dataset.samples[:LOOKED_AT])
        here = compute(dataset, ["lightly.width", "lightly.luminance"], registry=registry)
        there = compute(dataset, ["lightly.width", "lightly.luminance"], registry=registry, executor="local:jobs=1")
        for key, column in here.columns.items():
            require(column.equals(there[key]), f"{key} has other values in another process")

    def _spoken(self) -> Mapping[str, Any]:
        return dict(self._given[0]) if self._given else {}

    def check_shareable(self) -> None:
        """What opens images pickles, small, unless it says that it can't be shared."""
        images = self.images
        if not images.shareable:
            raise Skip("it says that its images can't be shared with other processes")
        try:
            pickled = pickle.dumps(images)
            copy = pickle.loads(pickled)  # noqa: S301 (our own)
        except Exception as error:
            raise AssertionError(f"its images can't be pickled: {error}") from error
        require(len(pickled) < 100_000 + 10 * len(self.listing.names), "pickled, it holds all names: it travels often")
        name = self.listing.names[0]
        require(
            np.array_equal(self._pixels(images, name), self._pixels(copy, name)), "unpickled, it gives other pixels"
        )

    def check_fingerprints(self) -> None:
        """A fingerprint is a text that stays, or None, and never raises, be the sample there or not."""
        images = self.images
        for name in (*self.listing.names[:LOOKED_AT], "no such sample"):
            taken: Any = images.fingerprint(name)
            require(taken is None or (isinstance(taken, str) and taken), f"the fingerprint of {name} is {taken!r}")
            require(taken == images.fingerprint(name), f"the fingerprint of {name} changes, and its content does not")

    def check_sizes(self) -> None:
        """The size of a file that is known without opening it is that of what is opened; asking for it never raises."""
        images = self.images
        require(images.size("no such sample") is None, "it knows the size of a sample that isn't there")
        for name in self.listing.names[:LOOKED_AT]:
            size: Any = images.size(name)
            if size is not None:
                with images.open(name) as file:
                    content = None if isinstance(file, Image.Image) else file.read()
                require(content is not None and size == len(content), f"the size of {name} is {size!r}")

    def check_reading(self) -> None:
        """Images that are told which are going to be opened are the same, and have a fingerprint if they had one."""
        images, names = self.images, self.listing.names[:LOOKED_AT]
        with images.reading(names) as ahead:
            require(isinstance(ahead, Images), f"reading gives {type(ahead).__name__}, not Images")
            require(ahead.identity == images.identity, "its identity is another while it is reading")
            for name in names:
                known, taken = images.fingerprint(name), ahead.fingerprint(name)
                told = f"the fingerprint of {name} is {taken!r} while it is reading, not {known!r}"
                require(known in (None, taken), told)
                same = np.array_equal(self._pixels(images, name), self._pixels(ahead, name))
                require(same, f"{name}: other pixels while it is reading")

    def check_identity(self) -> None:
        """What tells its location from others is a text that stays, or None; other images of it have the same."""
        images = self.images
        identity: Any = images.identity
        require(identity is None or (isinstance(identity, str) and identity), f"its identity is {identity!r}")
        require(identity == images.identity, "its identity changes from one look to the next")
        again = self._opened().images
        require(again is not None and identity == again.identity, "its identity is another when it is opened again")

    def check_missing(self) -> None:
        """A sample that isn't there is an `OSError`, as every image that can't be read."""
        images = self.images
        try:
            with images.open("no/such/sample.png"):
                pass
        except OSError:
            return
        except Exception as error:
            raise AssertionError(f"it raises {type(error).__name__}: {error}") from error
        raise AssertionError("it opens a sample that isn't there")

    def check_nothing_there(self) -> None:
        """A location at which there is nothing is a `DatasetError`, before any work."""
        refuses(lambda: self.declaration.open(self.nowhere, self.options), "a location at which there is nothing")

    def check_parts(self) -> None:
        """Where its samples are in parts, these begin at ascending positions among them."""
        parts: tuple[Any, ...] = self.listing.parts
        inside = all(isinstance(part, int) and 0 <= part < len(self.listing.names) for part in parts)
        require(inside and list(parts) == sorted(set(parts)), f"parts are {parts!r:.80}, not ascending positions")

    def check_threads(self) -> None:
        """Several threads may open images at once."""
        names = self.listing.names[:LOOKED_AT] * 4
        images = self.images
        expected = [self._pixels(images, name) for name in names]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda name: self._pixels(images, name), names))
        require(all(map(np.array_equal, expected, found)), "threads that open images at once get other pixels")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        location, options = self.location, self.options
        self.quietly(lambda: self.declaration.open(location, options))


def check_source(
    source: Source,
    *,
    location: str = "",
    options: Params | None = None,
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check a source on a location of yours, or on a folder of the kit's if it recognizes folders.

    Args:
        source: The declaration.
        location: Something that it takes, with a few images.
        options: Its options; by default the first of the ``examples`` of its schema.
        plugins: As for `check_metric`.
        expected_failures: As for `check_metric`.
    """
    given = None if options is None else dict(options)
    suite = SourceSuite(source, location=location, options=given, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
