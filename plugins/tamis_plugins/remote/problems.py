"""What may go wrong with a request: told apart, in words, as an `OSError` whose number says of which kind it is.

What libraries say is not passed on: it may hold a URL with its secrets, or what a server has answered at length.
"""

from __future__ import annotations

import errno
import re

from tamis import without_secrets

#: Another attempt may do better: the server is busy or fails, it took too long, or the connection dropped.
PASSING = frozenset((errno.EBUSY, errno.ETIMEDOUT, errno.ECONNRESET))
#: Where a library looks for credentials last: what the machine itself has, in a cloud.
_MACHINE = re.compile(r"169\.254\.169\.254|/latest/(api/token|meta-data)|computeMetadata")
_STATUS = re.compile(r"status code: (\d{3})")


def of_status(status: int) -> OSError:
    """What an answer other than the object means."""
    if status in (404, 410):
        return OSError(errno.ENOENT, f"it is not there ({status})")
    if status == 401:
        return OSError(errno.EACCES, "the server doesn't know these credentials (401)")
    if status == 403:
        return OSError(errno.EACCES, "there is no right to read it with these credentials (403)")
    if status in (429, 503):
        return OSError(errno.EBUSY, f"throttled: the server wants fewer requests ({status}), at the last attempt too")
    if status in (408, 504):
        return timed_out()
    if status in (501, 505):
        return OSError(errno.ENOTSUP, f"the server doesn't know such requests ({status})")
    if status >= 500:
        return OSError(errno.EBUSY, f"the server fails ({status}), at the last attempt too")
    return OSError(errno.EIO, f"the server refuses the request ({status})")


def timed_out() -> OSError:
    """No answer, or none that goes on."""
    return OSError(errno.ETIMEDOUT, "timed out, at the last attempt too")


def dropped() -> OSError:
    """An answer that ends before its end."""
    return OSError(errno.ECONNRESET, "the connection dropped before all of it was there")


def of_obstore(error: BaseException) -> OSError:
    """What obstore has raised. It has no numbers of its own: they are in its text."""
    text, _, details = str(error).partition("Debug source")
    if _MACHINE.search(text):
        return OSError(errno.EACCES, "there are no credentials in the environment; a public one needs anonymous=true")
    if isinstance(error, FileNotFoundError):
        return of_status(404)
    if status := _STATUS.search(text):
        return of_status(int(status[1]))
    if "kind: Timeout" in details or "TimedOut" in details:
        return timed_out()
    if "kind: Connect" in details:
        return OSError(errno.ECONNREFUSED, "there is no connection to the server")
    if "kind: Interrupted" in details or "kind: Body" in details or "RangeNotSupported" in details:
        return dropped()
    if "MissingAccount" in details:
        return OSError(errno.EINVAL, "the account isn't known: AZURE_STORAGE_ACCOUNT_NAME in the environment")
    if "BareRedirect" in details:
        return OSError(errno.EIO, "it is in another region: say which, AWS_REGION in the environment")
    if path := re.search(r'Error parsing Path "(.*?)"', text):
        return OSError(errno.EINVAL, f"the key {path[1]!r} has a part that is empty or a dot, which can't be read")
    return OSError(errno.EIO, _short(text))


def of_fsspec(error: BaseException) -> OSError:
    """What a library behind fsspec has raised: its class, its number, or the status that it got."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status", "status_code", "code"):
            if isinstance(status := getattr(holder, name, None), int) and 400 <= status < 600:
                return of_status(status)
    if isinstance(error, TimeoutError) or type(error).__name__ in ("FSTimeoutError", "TimeoutError"):
        return timed_out()
    if isinstance(error, FileNotFoundError):
        return OSError(errno.ENOENT, "it is not there")
    if isinstance(error, PermissionError):
        return OSError(errno.EACCES, "there is no right to read it with these credentials")
    if isinstance(error, ConnectionRefusedError):
        return OSError(errno.ECONNREFUSED, "there is no connection to the server")
    if isinstance(error, (ConnectionError, EOFError)):
        return dropped()
    return OSError(getattr(error, "errno", None) or errno.EIO, f"{type(error).__name__}: {_short(str(error))}")


def _short(text: str) -> str:
    return without_secrets(" ".join(text.split()))[:200]
