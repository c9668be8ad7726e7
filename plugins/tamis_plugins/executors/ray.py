"""Workers of a Ray cluster, which must have tamis and the same plugins, in the same versions, and see the same images.

``address`` is that of the cluster, such as ``ray://host:10001`` or ``auto``; by default a cluster is started on this
machine for the run, or the one that the process is connected to already is used. ``jobs`` is the number of batches
that are worked on at a time, by default one for each CPU of the cluster at the start; where nodes start when there is
work, it has to be given. A worker that is lost costs what it was working on, which is done again; an image that kills
its worker is found and named.

A cluster that asks for a token, as a new Ray does where its user has one, is reached at an address where
``RAY_AUTH_MODE=token`` is set, and the token is where Ray looks for it. Addresses that begin with ``ray://`` need
``ray[client]``.

A cluster that this starts has no dashboard and sends no usage statistics (``RAY_USAGE_STATS_ENABLED=0``); one that is
there already does what it was started with.

Needs ``ray`` here and on the cluster.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from typing import Any

from tamis import ExecutorFactory, Params, errors, hookimpl
from tamis_plugins.clusters.addresses import check_answers
from tamis_plugins.clusters.futures import settle


class RayExecutor(Executor):
    """Has its work done by the workers of a cluster that this process is connected to.

    Args:
        jobs: How many batches to work on at a time.
        leaves: Whether to leave the cluster when this is shut down.
    """

    def __init__(self, jobs: int, *, leaves: bool) -> None:
        import ray

        self._call = ray.remote(max_retries=0)(_call)
        self._leaves = leaves
        self.jobs = jobs

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand some work in."""
        import ray

        future: Future[Any] = Future()
        try:
            task = self._call.remote(work, args, kwargs)
        except ray.exceptions.RayError as error:
            raise BrokenExecutor(f"the Ray cluster takes no work: {error}") from error
        task.future().add_done_callback(partial(_finished, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, or end the one that was started for this."""
        import ray

        if self._leaves:
            ray.shutdown()


def _call(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return work(*args, **kwargs)


def _finished(future: Future[Any], task: Future[Any]) -> None:
    """Hand on what came of a task; what is wrong with the cluster itself, as a lost worker."""
    import ray

    error = task.exception()
    if isinstance(error, ray.exceptions.RayTaskError):
        error = error.cause if isinstance(error.cause, BaseException) else error
    elif isinstance(error, ray.exceptions.RayError):
        error = BrokenExecutor(str(error).partition("\n")[0])
    settle(future, None if error else task.result(), error)


def make(options: Params) -> Executor:
    """Workers of the cluster."""
    try:
        import ray
    except ImportError:
        raise errors.MissingDependencyError("ray", "executor 'ray'", "ray") from None
    connected, address = ray.is_initialized(), options.get("address")
    if not connected:
        _connect(address)
    elif address not in (None, "auto"):
        raise errors.ParameterError("address", "is for a process that is connected to no Ray cluster yet: leave it out")
    jobs = options.get("jobs") or int(ray.cluster_resources().get("CPU", 0))
    if not jobs:
        raise errors.RunError(
            "the Ray cluster has no CPU to work on; where nodes start when there is work, say by jobs how many batches "
            "to hand in at a time"
        )
    return RayExecutor(jobs, leaves=not connected)


def _connect(address: str | None) -> None:
    """To a cluster, or to one that is started for it."""
    import ray

    if address and address != "auto":
        try:
            check_answers("Ray cluster", address)
        except ValueError as error:
            raise errors.ParameterError("address", f"{error}: it is HOST:PORT, ray://HOST:PORT or auto") from error
    own: dict[str, Any] = {} if address else {"include_dashboard": False}
    before = os.environ.get("RAY_USAGE_STATS_ENABLED")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **own)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        where = f"no Ray cluster answers at {address!r}" if address else "no Ray cluster can be started"
        hint = "" if "RAY_AUTH_MODE" in os.environ else "; if it asks for a token, set RAY_AUTH_MODE=token"
        raise errors.RunError(f"{where}: {str(error).partition(chr(10))[0]}{hint if address else ''}") from error
    finally:
        if before is None:
            del os.environ["RAY_USAGE_STATS_ENABLED"]
        else:
            os.environ["RAY_USAGE_STATS_ENABLED"] = before


@hookimpl
def tamis_executors() -> list[ExecutorFactory]:
    """Declare ray."""
    schema = {
        "properties": {
            "address": {
                "type": "string",
                "minLength": 1,
                "description": "Of the cluster, such as ray://host:10001 or auto (default: one started for the run).",
            },
            "jobs": {
                "type": "integer",
                "minimum": 1,
                "description": "How many batches to work on at a time (default: all CPUs).",
            },
        },
        "examples": [{"address": "auto"}],
    }
    return [ExecutorFactory("ray", make, schema=schema, doc=__doc__ or "")]
