import sys
from concurrent.futures import Future, ThreadPoolExecutor

from acme_broken.unprintable import Unprintable
from tamis import ExecutorFactory, hookimpl


class Submitting(ThreadPoolExecutor):
    def submit(self, fn, /, *args, **kwargs):
        raise Unprintable


class NoFuture(ThreadPoolExecutor):
    def submit(self, fn, /, *args, **kwargs):
        return 5


class NoResult(ThreadPoolExecutor):
    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(5)
        return future


class Entering(ThreadPoolExecutor):
    def __enter__(self):
        raise RuntimeError("nobody is at the door")


class Leaving(ThreadPoolExecutor):
    def __exit__(self, *error):
        super().__exit__(*error)
        raise RuntimeError("the door is locked")


class Idle(ThreadPoolExecutor):
    jobs = 0


def raises(options):
    raise RuntimeError("the workers are on strike")


def unprintable(options):
    raise Unprintable


def exits(options):
    print("Please buy more workers!")
    sys.exit("out of workers")


def wrong_type(options):
    return 3


@hookimpl
def tamis_executors():
    yield ExecutorFactory("acme_executor_raises", raises)
    yield ExecutorFactory("acme_executor_unprintable", unprintable)
    yield ExecutorFactory("acme_executor_exits", exits)
    yield ExecutorFactory("acme_executor_type", wrong_type)
    yield ExecutorFactory("acme_executor_submit", lambda options: Submitting(2))
    yield ExecutorFactory("acme_executor_future", lambda options: NoFuture(2))
    yield ExecutorFactory("acme_executor_result", lambda options: NoResult(2))
    yield ExecutorFactory("acme_executor_enters", lambda options: Entering(2))
    yield ExecutorFactory("acme_executor_leaves", lambda options: Leaving(2))
    yield ExecutorFactory("acme_executor_jobs", lambda options: Idle(2))
    yield ExecutorFactory("acme_executor_schema", raises, schema={"properties": {"path": {"type": "path"}}})
