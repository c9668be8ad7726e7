"""Threads of this process: for plugins that do their work outside of Python."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

from tamis import ExecutorFactory, Params, hookimpl


class Threads(ThreadPoolExecutor):
    """That many threads; ``jobs`` is what tamis looks at."""

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs)
        self.jobs = jobs


def make(options: Params) -> Executor:
    """An executor, which tamis enters and leaves around a run."""
    return Threads(options["jobs"])


@hookimpl
def tamis_executors() -> list[ExecutorFactory]:
    """Declare the executor."""
    jobs = {"type": "integer", "minimum": 1, "default": 2, "description": "How many threads."}
    return [ExecutorFactory("template_key", make, schema={"properties": {"jobs": jobs}}, doc=__doc__ or "")]
