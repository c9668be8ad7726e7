"""Processes of this machine. One that dies, as from a defect in a decoder, costs the image that it was working on.

``jobs`` is the number of processes, by default one for each core that this process may use. ``timeout`` is the number
of seconds that one image may take; after that its process is ended, and the image has failed. The processes don't
import the host's main module, and end when the host's process does.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor

from tamis import ExecutorFactory, Params, Workers, hookimpl


def make(options: Params) -> Executor:
    """That many processes, started when there is work for them."""
    return Workers(options.get("jobs") or cores(), timeout=options.get("timeout"))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@hookimpl
def tamis_executors() -> list[ExecutorFactory]:
    """Declare local."""
    schema = {
        "properties": {
            "jobs": {"type": "integer", "minimum": 1, "description": "How many processes (default: all cores)."},
            "timeout": {
                "type": "number",
                "exclusiveMinimum": 0,
                "description": "Seconds that one image may take (default: no limit).",
            },
        },
        "examples": [{"jobs": 2}],
    }
    return [ExecutorFactory("local", make, schema=schema, doc=__doc__ or "")]
