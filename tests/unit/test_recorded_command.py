"""The command line as ``selection.json`` has it."""

from __future__ import annotations

import pytest

from tamis.cli.recorded_command import hidden


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        (["--api-token", "t0p", "token"], ["--api-token", "***", "token"]),
        (["--x-secret=t0p", "--store=t0p"], ["--x-secret=***", "--store=t0p"]),
        (["s3://key:t0p@host/x"], ["s3://***@host/x"]),
        (["https://t0p@host/x", "sftp://key:t0@p@host/x"], ["https://***@host/x", "sftp://***@host/x"]),
        (["abfss://box@account.dfs/x", "sftp://me@host/x"], ["abfss://box@account.dfs/x", "sftp://me@host/x"]),
        (["ray:address=auto,password=t0p,n=2"], ["ray:address=auto,password=***,n=2"]),
        (["https://h/a?v=1&X-Amz-Signature=t0p&sig=t0p"], ["https://h/a?v=1&X-Amz-Signature=***&sig=***"]),
        (
            ["photos/a@b.jpg", "design=2", "--key", "lightly.snr"],
            ["photos/a@b.jpg", "design=2", "--key", "lightly.snr"],
        ),
    ],
)
def test_secrets_are_hidden_and_all_else_is_as_given(given: list[str], recorded: list[str]) -> None:
    """By the name of an option or of a choice's option, and what a URL is opened with."""
    assert list(hidden(given)) == recorded
