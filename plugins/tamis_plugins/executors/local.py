"""Processes of this machine. One that dies, as from a defect in a plugin, costs what it was doing with an image.

``jobs`` is the number of processes, by default one for each core that this process may use. ``timeout`` is the number
of seconds that one image may take, by default 120, with 0 for no limit; after that its process is ended, and what took
so long has failed. ``memory`` is the number of gigabytes that one process may have, by default all of the machine or of
the container, with 0 for no limit; what would need more has failed (Linux only). Neither says anything about the image:
the next run tries again. The processes don't import the host's main module, and end when the host's process does.

An image that was lost with its process is tried once more by itself. What ended that, too, such as decoding or one
metric, is named in the failures as ``crash`` or ``timeout`` with its key, and left out as the rest of the image is
measured. After a second step that takes too long, or a fifth that ends its process, the image is given up.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor

from tamis import ExecutorFactory, Params, Workers, hookimpl


def make(options: Params) -> Executor:
    """That many processes, started when there is work for them."""
    limits = {"timeout": options["timeout"]} if "timeout" in options else {}
    if "memory" in options:
        limits["memory"] = int(options["memory"] * 1e9)
    return Workers(options.get("jobs") or cores(), **limits)


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
                "minimum": 0,
                "description": "Seconds that one image may take (default: 120; 0: no limit).",
            },
            "memory": {
                "type": "number",
                "minimum": 0,
                "description": "GB that one process may have (default: the machine's; 0: no limit). Linux only.",
            },
        },
        "examples": [{"jobs": 2}],
    }
    return [ExecutorFactory("local", make, schema=schema, doc=__doc__ or "")]
