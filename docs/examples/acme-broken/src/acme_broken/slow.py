import time

from tamis import Metric, hookimpl

began = time.process_time()
while time.process_time() - began < 1:
    pass  # as one does that works out a table here, instead of when it's needed


def measure(header):
    return 1.0


@hookimpl
def tamis_metrics():
    yield Metric("acme.slow", measure)
