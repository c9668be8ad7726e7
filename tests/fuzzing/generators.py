"""Seeded inputs that are nearly right: of every kind of thing that tamis reads."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

#: Values that nobody expects where they turn up.
ODD: tuple[Callable[[random.Random], Any], ...] = (
    lambda random: None,
    lambda random: random.choice((True, False)),
    lambda random: random.choice((0, -1, 1, 2**31, 2**63, -(2**63), 10**30, 10**400)),
    lambda random: random.choice((0.0, -0.0, 0.5, -1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"))),
    lambda random: random.choice(
        ("", " ", "\x00", "\n", "\x1b]0;x\x07", "a/../../b", "\ud800", "é", "e\u0301", "=1+1")
    ),
    lambda random: "x" * random.choice((10, 300, 20_000)),
    lambda random: [],
    lambda random: {},
    lambda random: [odd(random) for _ in range(random.randrange(4))],
    lambda random: {str(odd(random))[:20]: odd(random) for _ in range(random.randrange(3))},
    lambda random: nested(random.choice((5, 60, 250))),
)


def odd(random: random.Random) -> Any:
    """One of them."""
    return random.choice(ODD)(random)


def nested(depth: int) -> Any:
    """Lists in lists."""
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


def mutated(random: random.Random, data: Any) -> Any:
    """Data with some of what is in it replaced, removed, moved or added."""
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        data = _changed(random, data)
    return data


def _changed(random: random.Random, data: Any) -> Any:
    if not isinstance(data, (dict, list)) or not data or random.random() < 0.15:
        return odd(random)
    data = dict(data) if isinstance(data, dict) else list(data)
    places = list(data) if isinstance(data, dict) else range(len(data))
    place = random.choice(list(places))
    action = random.randrange(6)
    if action == 0:
        del data[place]
    elif action == 1 and isinstance(data, dict):
        data[str(odd(random))[:30]] = data[place]
    elif action == 1:
        data.append(data[place])
    else:
        data[place] = _changed(random, data[place])
    return data


def damaged(random: random.Random, content: bytes) -> bytes:
    """A file with some bytes changed, cut off or put in."""
    data = bytearray(content)
    for _ in range(random.choice((0, 1, 1, 3, 20))):
        if not data:
            break
        start = random.randrange(len(data))
        action = random.randrange(4)
        if action == 0:
            del data[start:]
        elif action == 1:
            del data[start : start + random.randrange(1, 9)]
        elif action == 2:
            data[start:start] = data[random.randrange(len(data)) :][:40]
        else:
            data[start] = random.randrange(256)
    return bytes(data)


def as_json(random: random.Random, data: Any) -> bytes:
    """As a file has it, or nearly."""
    content = json.dumps(data).encode()
    if random.random() < 0.05:
        return random.choice((b"[", b'{"a":')) * 5000  # nested more deeply than Python can write
    return damaged(random, content) if random.random() < 0.2 else content


def config(random: random.Random) -> dict[str, Any]:
    """A selection config that is right."""
    inputs: list[dict[str, Any]] = [
        {"type": "METADATA", "key": random.choice(("lightly.sharpness", "lightly.width", "weather", "path.folder"))},
        {"type": "EMBEDDINGS"},
        {"type": "PREDICTIONS", "task": "t", "name": random.choice(("CATEGORY_COUNT", "CLASS_DISTRIBUTION"))},
        {"type": "SCORES", "task": "t", "score": random.choice(("object_frequency", "uncertainty_margin"))},
        {"type": "RANDOM", "random_seed": random.randrange(9)},
    ]
    strategies: list[dict[str, Any]] = [
        {"type": "WEIGHTS"},
        {"type": "DIVERSITY", "stopping_condition_minimum_distance": random.random()},
        {"type": "THRESHOLD", "threshold": random.random() * 50, "operation": "BIGGER"},
        {"type": "BALANCE", "distribution": random.choice(("UNIFORM", "INPUT"))},
        {"type": "BALANCE", "target": {"x": 0.5, "y": 0.5}},
        {"type": "TYPICALITY"},
    ]
    entries = [
        {"input": random.choice(inputs), "strategy": random.choice(strategies)} for _ in range(random.choice((1, 1, 2)))
    ]
    found: dict[str, Any] = {"n_samples": random.randrange(5), "strategies": entries}
    if random.random() < 0.3:
        found["auto_tasks"] = [{"type": "TILING", "name": "tiles", "num_rows": 2, "num_cols": random.randrange(1, 4)}]
    if random.random() < 0.2:
        found["lightly_path_regex"] = random.choice((r"(?P<scene>\w)", "(", r"(?P<a>x*)*y"))
    return found
