"""How much memory a worker may have: by default what the machine has, so that one image doesn't end other programs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

#: Where a container's limit is, by the version of the kernel's control groups.
CONTAINER = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available() -> int | None:
    """Bytes that the machine, or the container, has for all; None if that isn't known."""
    found = []
    with suppress(OSError, ValueError, AttributeError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for path in CONTAINER:
        with suppress(OSError, ValueError):  # it holds "max" where there is no limit
            found.append(int(path.read_text()))
    return min((size for size in found if size > 0), default=None)


def taken() -> int:
    """Bytes that this process has in memory of its own, without what is mapped from files; 0 if that isn't known."""
    with suppress(OSError, ValueError, StopIteration), Path("/proc/self/status").open(encoding="ascii") as status:
        return 1024 * int(next(line for line in status if line.startswith("RssAnon:")).split()[1])
    return 0


def limit(size: int) -> None:
    """Have this process refused more than so many bytes: it gets a MemoryError. Linux only; elsewhere nothing is done.

    What is only reserved, shared, or read from files doesn't count. A limit that is lower already stays.
    """
    if sys.platform == "linux":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if soft == resource.RLIM_INFINITY or size < soft:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_DATA, (size, hard))
