import numpy as np

from tamis import Column, InputProvider, Kind, hookimpl


def kind(params, about):
    return Kind.SCALAR


def provide(params, context):
    return Column("ACME_SCHEMA", Kind.SCALAR, np.zeros(len(context.samples)))


@hookimpl
def tamis_input_providers():
    yield InputProvider("ACME_SCHEMA", provide, kind=kind, schema={"properties": {"path": {"type": "path"}}})
