"""Workers of a Dask cluster, which must have tamis and the same plugins, in the same versions, and see the same images.

``scheduler`` is the address of the scheduler, such as ``tcp://host:8786``; by default the one that Dask's own
configuration names, such as ``DASK_SCHEDULER_ADDRESS``. ``jobs`` is the number of batches that are worked on at a time,
by default one for each thread of the workers there are at the start; where workers start when there is work, it has to
be given. A worker that is lost costs what it was working
on, which is done again. An image that kills its worker time and again is found and named: Dask itself tries a batch
three more times first (its setting ``distributed.scheduler.allowed-failures``).

Needs ``dask`` and ``distributed`` here and on the cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from typing import Any

from tamis import ExecutorFactory, Params, errors, hookimpl
from tamis_plugins.clusters.addresses import PATIENCE, check_answers
from tamis_plugins.clusters.futures import settle


class DaskExecutor(Executor):
    """Has its work done by the workers of a scheduler.

    Args:
        client: Of the scheduler; closed when this is shut down.
        jobs: How many batches to work on at a time.
    """

    def __init__(self, client: Any, jobs: int) -> None:
        self._client = client
        self.jobs = jobs

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand some work in."""
        if self._client.status != "running":  # what is handed in to a client that tries to connect again may never end
            raise BrokenExecutor("the Dask scheduler doesn't answer any more")
        future: Future[Any] = Future()
        try:
            task = self._client.submit(work, *args, pure=False, **kwargs)
        except Exception as error:
            raise BrokenExecutor(f"the Dask scheduler takes no work: {error}") from error
        future.add_done_callback(lambda done: task.cancel() if done.cancelled() else None)
        task.add_done_callback(partial(_finished, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, which goes on."""
        self._client.close()


def _finished(future: Future[Any], task: Any) -> None:
    """Hand on what came of a task."""
    from distributed.scheduler import KilledWorker

    if task.status == "finished":
        try:
            result = task.result()
        except Exception as error:  # noqa: BLE001 (that of another tamis, or of a worker that is gone by now)
            settle(future, error=error)
        else:
            settle(future, result)
    elif task.status == "error":
        raised = task.exception()
        settle(future, error=BrokenExecutor(str(raised)) if isinstance(raised, KilledWorker) else raised)
    else:
        settle(future, error=BrokenExecutor(f"the Dask scheduler has lost it ({task.status})"))


def make(options: Params) -> Executor:
    """A client of the cluster."""
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise errors.MissingDependencyError("distributed", "executor 'dask'", "dask") from None
    address = options.get("scheduler") or dask.config.get("scheduler-address", None)
    if not address:
        raise errors.ParameterError(
            "scheduler", "is missing: say where it is, such as tcp://host:8786; executor 'local' needs none"
        )
    try:
        check_answers("Dask scheduler", address)
    except ValueError as error:
        raise errors.ParameterError("scheduler", f"{error}: it is such as tcp://host:8786") from error
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise errors.RunError(f"no Dask scheduler answers at {address!r}: {error}") from error
    if "jobs" not in options:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            client.close()
            raise errors.RunError(
                f"the Dask scheduler at {address!r} has no workers; where they start when there is work, say by jobs "
                "how many batches to hand in at a time"
            ) from None
    return DaskExecutor(client, options.get("jobs") or sum(client.nthreads().values()))


@hookimpl
def tamis_executors() -> list[ExecutorFactory]:
    """Declare dask."""
    schema = {
        "properties": {
            "scheduler": {
                "type": "string",
                "minLength": 1,
                "description": "Its address, such as tcp://host:8786 (default: Dask's own setting).",
            },
            "jobs": {
                "type": "integer",
                "minimum": 1,
                "description": "How many batches to work on at a time (default: all threads).",
            },
        },
        "examples": [{"scheduler": "tcp://127.0.0.1:8786"}],
    }
    return [ExecutorFactory("dask", make, schema=schema, doc=__doc__ or "")]
