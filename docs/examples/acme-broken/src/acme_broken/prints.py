from tamis import Metric, hookimpl

print("Welcome to ACME! Consider our other products.")


def measure(header):
    print("measuring", header)
    return 1.0


@hookimpl
def tamis_metrics():
    print("registering")
    yield Metric("acme.prints", measure)
