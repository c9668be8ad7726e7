from tamis import Metric, hookimpl


def measure(gray):
    return 1 // (int(gray.max()) - 10)  # the dark image of the tests


@hookimpl
def tamis_metrics():
    yield Metric("acme.compute", measure)
