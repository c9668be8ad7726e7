from tamis import Metric, hookimpl


def measure(header):
    return header.width


@hookimpl
def tamis_metrics():
    yield Metric("acme.one_key", measure)
