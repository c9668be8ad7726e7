"""The kit as pytest tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from tamis.testing.checking import Check
from tamis.testing.distributions import distribution_checks
from tamis.testing.suites import suite_of

#: A test function, or a class of such.
Test = TypeVar("Test", bound=Callable[..., object])


def parametrize_with_checks(
    *subjects: Any,
    expected_failures: Mapping[str, str] | None = None,
    locations: Sequence[str] = (),
    **options: Any,
) -> Callable[[Test], Test]:
    """Make a pytest test for each check of these subjects.

    The test function takes ``check`` and calls it::

        @parametrize_with_checks("tamis-colorfulness")
        def test_conformance(check):
            check()

    A check that is called this way raises what a pytest test raises: `AssertionError` if it failed, and pytest's own
    skip if it doesn't apply.

    Args:
        subjects: Declarations, or names of installed distributions.
        expected_failures: Reasons by the name of a check; for a distribution, as for `check_distribution`. Such a test
            is an expected failure (xfail), and fails if it passes.
        locations: For distributions, as for `check_distribution`.
        options: For all declarations, ``params``, ``dataset`` or ``plugins`` as the functions ``check_*`` take them.
    """
    import pytest

    cases = []
    for subject in subjects:
        if isinstance(subject, str):
            checks = distribution_checks(subject, expected_failures, locations)
        else:
            checks = suite_of(subject, expected_failures=expected_failures, **options).checks()
        for check in checks:
            marks = [pytest.mark.xfail(reason=check.expected, strict=True)] if check.expected is not None else []
            test = PytestCheck(attrs.evolve(check, expected=None))
            cases.append(pytest.param(test, id=f"{check.subject}: {check.name}", marks=marks))
    parametrize: Callable[[Test], Test] = pytest.mark.parametrize("check", cases)
    return parametrize


@attrs.frozen(eq=False)
class PytestCheck:
    """A check that raises in place of returning a result."""

    check: Check

    def __call__(self) -> None:
        """Run it as a part of a pytest test."""
        import pytest

        result = self.check()
        if result.status == "skipped":
            pytest.skip(result.reason)
        if result.status == "failed":
            raise AssertionError(f"{result.subject}: {self.check.doc} But {result.reason}")
