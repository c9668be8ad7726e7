"""A number from the name of each sample: the last digits in it, as in ``frame_0042.jpg``."""

from __future__ import annotations

import re

import numpy as np

from tamis import About, Column, Context, InputProvider, Kind, Params, hookimpl


def kind(params: Params, about: About) -> Kind:
    """What `provide` will yield, said before any data is touched."""
    return Kind.SCALAR


def provide(params: Params, context: Context) -> Column:
    """A row for each sample; one without a value says why."""
    found = [re.findall(r"\d+", sample) for sample in context.samples]
    values = np.array([float(digits[-1]) * params["factor"] if digits else np.nan for digits in found])
    reasons = {row: "its name has no digits" for row, digits in enumerate(found) if not digits}
    return Column("TEMPLATE_KEY", Kind.SCALAR, values, reasons=reasons)


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare the input type."""
    factor = {"type": "number", "default": 1, "description": "What the number is multiplied with."}
    schema = {"properties": {"factor": factor}, "examples": [{"factor": 0.5}]}
    return [
        InputProvider("TEMPLATE_KEY", provide, kind=kind, schema=schema, yields={Kind.SCALAR: ""}, doc=__doc__ or "")
    ]
