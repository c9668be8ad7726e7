"""What a check is, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal, NoReturn

import attrs

from tamis import errors


class Skip(Exception):  # noqa: N818 (an outcome)
    """The check does not apply, and why."""


def require(condition: Any, message: str) -> None:
    """Fail the check that is running unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def fail(message: str) -> NoReturn:
    """Fail the check that is running."""
    raise AssertionError(message)


@attrs.frozen
class CheckResult:
    """What became of one check.

    Attributes:
        subject: What was checked, such as ``metric acme.colorfulness``.
        name: Which check.
        status: ``passed``, ``failed`` or ``skipped``.
        reason: Why it failed or was skipped; empty if it passed.
    """

    subject: str
    name: str
    status: Literal["passed", "failed", "skipped"]
    reason: str = ""


@attrs.frozen(eq=False)
class Check:
    """One thing that must hold of one plugin.

    Attributes:
        subject: As for `CheckResult`.
        name: Which check.
        doc: What must hold.
        expected: Why it is expected to fail, if it is.
    """

    subject: str
    name: str
    doc: str
    _function: Callable[[], None]
    expected: str | None = None

    def __call__(self) -> CheckResult:
        """Run it. Never raises for what is wrong with the plugin."""
        result = partial(CheckResult, self.subject, self.name)
        try:
            self._function()
        except Skip as skip:
            return result("skipped", str(skip))
        except errors.PASSING:
            raise
        except BaseException as error:  # noqa: BLE001 (a plugin may raise anything)
            if self.expected is not None:
                return result("skipped", f"expected to fail: {self.expected}")
            return result("failed", _described(error))
        if self.expected is not None:
            return result("failed", f"it passes, and was expected to fail: {self.expected}")
        return result("passed")


def _described(error: BaseException) -> str:
    return str(error) if isinstance(error, (AssertionError, errors.TamisError)) else errors.described(error)


def run_checks(checks: Iterable[Check]) -> list[CheckResult]:
    """Run them in order."""
    return [check() for check in checks]
