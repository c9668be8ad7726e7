import sys

from tamis import Metric, hookimpl


def measure(gray):
    if gray.mean() == 10:  # the dark image of the tests
        sys.exit("enough")
    return 1.0


@hookimpl
def tamis_metrics():
    yield Metric("acme.exits_later", measure)
