"""Addresses of clusters."""

from __future__ import annotations

import socket

from tamis import errors

#: Seconds to wait for an answer.
PATIENCE = 20


def check_answers(what: str, address: str) -> None:
    """Raise `RunError` if nothing listens at ``[scheme://]host:port``, for which an engine may wait without end.

    Args:
        what: What should, for the message.
        address: Where.

    Raises:
        ValueError: it is no such address.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not (host and port.isdecimal() and int(port) < 1 << 16):
        raise ValueError(f"{address!r} has no HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except (OSError, UnicodeError) as error:
        raise errors.RunError(f"no {what} answers at {address!r}: {error}") from error
