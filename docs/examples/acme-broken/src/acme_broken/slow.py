import time

from tamis import Metric, hookimpl

time.sleep(1)


def measure(header):
    return 1.0


@hookimpl
def tamis_metrics():
    yield Metric("acme.slow", measure)
