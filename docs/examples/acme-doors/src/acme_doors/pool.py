"""Processes of this machine, as `concurrent.futures` makes them, started afresh: `jobs` of them."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor

from tamis import ExecutorFactory, Params, hookimpl


class Pool(ProcessPoolExecutor):
    """That many processes; ``jobs`` is what tamis looks at."""

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs, mp_context=multiprocessing.get_context("spawn"))
        self.jobs = jobs


def make(options: Params) -> Executor:
    """An executor, which tamis enters and leaves around a run."""
    return Pool(options["jobs"])


@hookimpl
def tamis_executors() -> list[ExecutorFactory]:
    """Declare acme_pool."""
    jobs = {"type": "integer", "minimum": 1, "default": 2, "description": "How many processes."}
    return [ExecutorFactory("acme_pool", make, schema={"properties": {"jobs": jobs}}, doc=__doc__ or "")]
