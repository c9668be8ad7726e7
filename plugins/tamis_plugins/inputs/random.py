"""A random number for each sample, uniform in [0, 1).

With WEIGHTS it makes a random selection; beside other strategies it adds chance to the choice.

The first input with a given seed draws ``numpy.random.default_rng(seed).random(n)`` (PCG64) in dataset order,
so anyone with numpy can repeat it. Further inputs with the same seed draw independent streams: the k-th repeat
is seeded by ``SeedSequence(seed, spawn_key=(k,))``. A negative seed stands for itself modulo 2**64.
"""

from __future__ import annotations

import numpy as np

from tamis import About, Column, Context, InputProvider, Kind, Params, hookimpl


def kind(params: Params, about: About) -> Kind:
    """Always a number."""
    return Kind.SCALAR


def provide(params: Params, context: Context) -> Column:
    """Draw them."""
    stream = (context.repeat,) if context.repeat else ()
    seed = np.random.SeedSequence(int(params["random_seed"]) % 2**64, spawn_key=stream)
    values = np.random.Generator(np.random.PCG64(seed)).random(len(context.samples))
    return Column("RANDOM", Kind.SCALAR, values)


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare RANDOM."""
    schema = {
        "properties": {
            "random_seed": {
                "type": "integer",
                "default": 0,
                "description": "Same seed, same data: same numbers.",
            }
        }
    }
    return [InputProvider("RANDOM", provide, kind=kind, schema=schema, yields={Kind.SCALAR: ""}, doc=__doc__ or "")]
