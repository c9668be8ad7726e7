from tamis import hookimpl


@hookimpl
def tamis_metrics():
    raise RuntimeError("the licence server does not answer")
