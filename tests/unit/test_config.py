"""Selection configs: what is accepted, and what a user is told about what isn't."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis import Dataset, InputProvider, Kind, Registry, Strategy, errors
from tamis.config.composition import composed_schema
from tamis.planning.planning import make_plan
from tests.conftest import Install

REGISTRY = Registry(allow=["tamis"], environ=False)
SHARPNESS = {"type": "METADATA", "key": "lightly.sharpness"}
WEIGHTS: dict[str, Any] = {"type": "WEIGHTS"}
THRESHOLD = {"type": "THRESHOLD", "threshold": 0.025, "operation": "SMALLER_EQUAL"}


def config(*entries: tuple[Any, Any], **top: Any) -> dict[str, Any]:
    """A config with these inputs and strategies, for 5 samples."""
    strategies = [{"input": input_, "strategy": strategy} for input_, strategy in entries]
    return {"n_samples": 5, "strategies": strategies, **top}


def problems(document: Any, registry: Registry = REGISTRY) -> list[str]:
    """What is wrong with a config, a line each."""
    with pytest.raises(errors.ConfigError) as caught:
        make_plan(document, registry)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return str(caught.value).splitlines()


def test_the_documented_example_is_accepted() -> None:
    """As it stands in the documentation, with defaults filled in and the caller's data untouched."""
    document = config(
        (SHARPNESS, THRESHOLD), (SHARPNESS, {"type": "WEIGHTS", "strength": 0.5}), ({"type": "RANDOM"}, WEIGHTS)
    )
    before = copy.deepcopy(document)
    plan = make_plan(document, REGISTRY)

    assert document == before
    assert plan.config["strategies"][1]["strategy"] == {"type": "WEIGHTS", "strength": 0.5}
    assert plan.config["strategies"][2] == {
        "input": {"type": "RANDOM", "random_seed": 0},
        "strategy": {"type": "WEIGHTS", "strength": 1.0},
    }
    assert plan.needs == ("lightly.sharpness",)
    assert [entry.strength for entry in plan.entries] == [1, 0.5, 1]


def test_wire_names_are_the_same_config() -> None:
    """camelCase, at every level, means what snake_case means."""
    wire = {
        "proportionSamples": 0.5,
        "strategies": [
            {
                "input": {"type": "RANDOM", "randomSeed": 4},
                "strategy": {
                    "type": "WEIGHTS",
                    "stoppingConditionMaxSum": 9,
                    "targetRange": {"minSum": 1, "maxSum": 2},
                },
            }
        ],
    }
    plan = make_plan(wire, REGISTRY)

    assert plan.config == {
        "proportion_samples": 0.5,
        "strategies": [
            {
                "input": {"type": "RANDOM", "random_seed": 4},
                "strategy": {
                    "type": "WEIGHTS",
                    "stopping_condition_max_sum": 9,
                    "target_range": {"min_sum": 1, "max_sum": 2},
                    "strength": 1.0,
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], [": a selection config is a JSON object"]),
        ({}, [": give exactly one of", "strategies: is missing"]),
        (config((SHARPNESS, WEIGHTS), proportion_samples=0.1), [": give exactly one of 'n_samples' and 'proportion_samples': both are given"]),
        ({"strategies": [{"input": SHARPNESS, "strategy": WEIGHTS}]}, [": give exactly one of 'n_samples' and 'proportion_samples': neither is given"]),
        ({"n_samples": 5, "strategies": []}, ["strategies: needs at least 1 item"]),
        (config((SHARPNESS, WEIGHTS), n_samples=-2), ["n_samples: -2 is less than the minimum of -1"]),
        (config((SHARPNESS, WEIGHTS), n_samples=True), ["n_samples: true is not an integer"]),
        (config((SHARPNESS, WEIGHTS), n_samples="5"), ['n_samples: "5" is not an integer']),
        (config((SHARPNESS, WEIGHTS), n_samples=2.5), ["n_samples: 2.5 is not an integer"]),
        (config((SHARPNESS, WEIGHTS), n_sample=5), ["n_sample: unknown key. Did you mean 'n_samples'?"]),
        (config((SHARPNESS, WEIGHTS), n_samples=-1), ["n_samples: -1 sets no limit"]),
        (config((SHARPNESS, WEIGHTS), lightly_path_regex="x"), ["lightly_path_regex: x has no named group: write (?P<scene>...) around"]),
        (config((SHARPNESS, WEIGHTS), lightlyPathRegex="(?P<x>"), ["lightly_path_regex: (?P<x> is not a regular expression: missing ), unterminated subpattern"]),
        (config((SHARPNESS, WEIGHTS), lightly_path_regex=""), ["lightly_path_regex: "]),
        (config((SHARPNESS, WEIGHTS), lightly_path_regex=5), ["lightly_path_regex: 5 is not a string"]),
        (config(({"type": "METADATA", "key": "path.x"}, {"type": "BALANCE", "distribution": "INPUT"}), lightly_path_regex="(?P<x>"), ["lightly_path_regex: (?P<x> is not a regular expression"]),
        (config(({"type": "METADATA", "key": "path.x"}, {"type": "WEIGHTS"}), lightly_path_regex="(?P<x>.)"), ["strategies[0]: WEIGHTS takes a number for each sample, and this METADATA input is a category"]),
        (config(({"type": "METADATA", "key": "lightly.sharpnes"}, {"type": "THRESHOLD", "threshold": "20", "operation": "BIGGER"})), ["strategies[0].input.key: no installed plugin has the metric 'lightly.sharpnes'. Did you mean 'lightly.sharpness'?", 'strategies[0].strategy.threshold: "20" is not a number']),
        ({"n_samples": 5, "strategies": {}}, ["strategies: {} is not a list"]),
        ({"n_samples": 5, "strategies": [5]}, ["strategies[0]: 5 is not an object"]),
        (config((5, WEIGHTS)), ["strategies[0].input: 5 is not an object"]),
        (config(({"key": "lightly.snr"}, WEIGHTS)), ["strategies[0].input.type: is missing"]),
        (config(({"type": "METADATA"}, WEIGHTS)), ["strategies[0].input.key: is missing"]),
        (config(({"type": 5}, WEIGHTS)), ['strategies[0].input.type: 5 is not one of "DUPLICATES", "EMBEDDINGS", "METADATA", "PREDICTIONS", "RANDOM", "SCORES"']),
        (config(({"type": "RANDON"}, WEIGHTS)), ["strategies[0].input.type: no installed plugin has the input 'RANDON'. Did you mean 'RANDOM'?"]),
        (config(({"type": "METADATA", "key": "lightly.sharp"}, WEIGHTS)), ["strategies[0].input.key: no installed plugin has the metric 'lightly.sharp'. Did you mean"]),
        (config(({"type": "RANDOM", "random_sed": 1}, WEIGHTS)), ["strategies[0].input.random_sed: unknown key. Did you mean 'random_seed'?"]),
        (config((SHARPNESS, {"type": "WEIGHTS", "strength": 1e10})), ["strategies[0].strategy.strength: 10000000000.0 is greater than the maximum"]),
        (config((SHARPNESS, {**THRESHOLD, "strength": 2})), ["strategies[0].strategy.strength: 2 is not 1, the only value that there is: THRESHOLD keeps or removes samples, and has no objective to give an exponent"]),
        (config((SHARPNESS, {**THRESHOLD, "strength": True})), ["strategies[0].strategy.strength: true is not 1"]),
        (config((SHARPNESS, WEIGHTS), version=5), ["version: tamis knows the versions 2, 3 and 4 of the selection config, and not 5"]),
        (config((SHARPNESS, WEIGHTS), version="4"), ['version: tamis knows the versions 2, 3 and 4 of the selection config, and not "4"']),
        (config(("RANDOM", WEIGHTS)), ['strategies[0].input: "RANDOM" is not an object. Did you mean {"type": "RANDOM"}?']),
        (config((SHARPNESS, {**THRESHOLD, "operation": "BIGER"})), ["strategies[0].strategy.operation: \"BIGER\" is not one of \"SMALLER\", \"SMALLER_EQUAL\", \"BIGGER\", \"BIGGER_EQUAL\". Did you mean 'BIGGER'?"]),
        (config((SHARPNESS, {"type": "WEIGHTS", "target_range": {"min": 1}})), ["strategies[0].strategy.target_range.min: unknown key. Did you mean 'min_sum'?"]),
        (config((SHARPNESS, {"type": "WEIGHTS", "target_range": {"min_sum": 3, "max_sum": 2}})), ["strategies[0].strategy.target_range: min_sum is above max_sum"]),
        (config(({"type": "RANDOM", "randomSeed": 1, "random_seed": 2}, WEIGHTS)), ["strategies[0].input.random_seed: given twice, as 'random_seed' and as 'randomSeed'"]),
        (config((SHARPNESS, {"type": "WEIGHTS", "strength": float("nan")})), ["strategies[0].strategy.strength: nan is not a number that JSON has"]),
        (config((SHARPNESS, {**THRESHOLD, "operation": "EQUAL"})), ['strategies[0].strategy.operation: "EQUAL" is not one of "SMALLER", "SMALLER_EQUAL", "BIGGER", "BIGGER_EQUAL"']),
        (config((SHARPNESS, {"type": "WEIGHTS", "strength": 0, "stopping_condition_max_sum": 1}), n_samples=-1), ["n_samples: -1 sets no limit, so some strategy must have a stopping condition; strategies[0] has one, but its strength is 0"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(document: Any, expected: list[str]) -> None:
    """Path, what is wrong, and what would be right; nothing twice."""
    found = problems(document)

    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start.removeprefix(": "))


def test_null_is_as_not_given() -> None:
    """Lightly's client took it so, and wrote it for every parameter of any input."""
    document = {"n_samples": 5, "proportion_samples": None, "auto_tasks": None}
    nulls = {"type": "RANDOM", "random_seed": None, "key": None, "datasetId": None}
    given = {**document, "strategies": [{"input": nulls, "strategy": {"type": "WEIGHTS", "strength": None}}]}

    assert make_plan(given, REGISTRY).config == make_plan(config(({"type": "RANDOM"}, WEIGHTS)), REGISTRY).config


def test_null_may_be_a_value_of_a_plugin() -> None:
    """If its schema says so."""
    registry = Registry(allow=["tamis"], environ=False)
    schema = {"properties": {"x": {"type": ["integer", "null"], "default": 3}}}
    registry.register(InputProvider("X", lambda params, context: None, kind=lambda p, a: Kind.SCALAR, schema=schema))  # type: ignore[arg-type,return-value]

    (entry,) = make_plan(config(({"type": "X", "x": None}, WEIGHTS)), registry).entries

    assert entry.input_params["x"] is None


def test_a_misplaced_parameter_is_told_where_to_go() -> None:
    """``strength`` beside ``strategy``, as an example of Lightly's own documentation has it."""
    document = config((SHARPNESS, WEIGHTS), ({"type": "RANDOM"}, WEIGHTS), (SHARPNESS, {}))
    document["strategies"][0] |= {"strength": 2, "inputs": 1, "whatever": 1}
    document["strategies"][1]["random_seed"] = 7
    document["strategies"][2] |= {"strength": 3, "strategy": {}}

    assert problems(document) == [
        "strategies[0].inputs: unknown key. Did you mean 'input'?",
        """strategies[0].strength: goes inside 'strategy': {"type": "WEIGHTS", "strength": 2}""",
        "strategies[0].whatever: unknown key; parameters go inside 'input' or 'strategy'",
        """strategies[1].random_seed: goes inside 'input': {"type": "RANDOM", "random_seed": 7}""",
        "strategies[2].strategy.type: is missing",
        """strategies[2].strength: goes inside 'strategy': {"type": ..., "strength": 3}""",
    ]


@pytest.mark.parametrize(
    ("entry", "given"),
    [
        ({"type": "METADATA", "key": "lightly.snr", "strategy": WEIGHTS}, "'type', 'key'"),
        ({"type": "WEIGHTS", "strength": 2, "input": SHARPNESS}, "'type', 'strength'"),
        ({"type": "METADATA", "key": "lightly.snr", "threshold": 3}, "'type', 'key', 'threshold'"),
        ({"input": None, "strategy": WEIGHTS, "key": "lightly.snr"}, "'key'"),
    ],
)
def test_a_flattened_entry_is_shown_the_shape_that_it_should_have(entry: dict[str, Any], given: str) -> None:
    """Once for the whole entry, in place of one problem for each of its names."""
    shape = '{"input": {"type": ..., ...}, "strategy": {"type": ..., ...}}'
    first, *rest = problems({"n_samples": 5, "strategies": [entry]})

    assert first == f"strategies[0]: parameters go inside 'input' and 'strategy': {shape}; beside them: {given}"
    assert rest == (["strategies[0].input: null is not an object"] if "input" in entry and not entry["input"] else [])


@pytest.mark.parametrize("strength", [1, 1.0, None])
def test_a_threshold_may_have_the_strength_that_changes_nothing(strength: float | None) -> None:
    """Upstream's client writes it; null is as not given."""
    (entry,) = make_plan(config((SHARPNESS, {**THRESHOLD, "strength": strength})), REGISTRY).entries

    assert entry.strength == 1
    assert entry.strategy_params.get("strength") == strength


def test_a_filter_may_have_a_strength_of_its_own() -> None:
    """Only an objective has tamis's."""
    registry = Registry(allow=["tamis"], environ=False)
    own = {"properties": {"strength": {"enum": ["strict", "lenient"]}}}
    registry.register(
        Strategy("SIEVE", accepts={Kind.SCALAR}, filter=lambda column, params: column.valid, schema=own)
    )  # fmt: skip

    (entry,) = make_plan(config((SHARPNESS, {"type": "SIEVE", "strength": "strict"})), registry).entries
    assert entry.strategy_params["strength"] == "strict"


@pytest.mark.parametrize("version", [2, 3, 4, 4.0, None])
def test_documented_versions_are_known(version: float | None) -> None:
    """A config may say which it is."""
    assert make_plan(config((SHARPNESS, WEIGHTS), version=version), REGISTRY).limit(9) == 5


def test_all_problems_are_reported_at_once_in_the_order_of_the_config() -> None:
    """Of every entry, from schema and plugins alike; 10 comes after 2."""
    good = (SHARPNESS, WEIGHTS)
    entries = [good, ({"type": "NONE"}, {"type": "THRESHOLD"}), (SHARPNESS, {"type": "WEIGHTS", "strenght": 1})]
    entries += [good] * 7 + [({"type": "METADATA", "key": "zzz"}, WEIGHTS)]

    places = [line.partition(":")[0] for line in problems(config(*entries, n_samples=1.5))]

    assert places == [
        "n_samples",
        "strategies[1].input.type",
        "strategies[1].strategy.operation",
        "strategies[1].strategy.threshold",
        "strategies[2].strategy.strenght",
        "strategies[10].input.key",
    ]


def annotated() -> Dataset:
    """Two samples with predictions of a task t and their weather."""
    categories = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    dataset = Dataset.from_images(["a", "b"], [np.zeros((1, 1, 3), np.uint8)] * 2)
    return dataset.with_predictions("t", categories, {"a": []}).with_metadata({"weather": ["rain", "sun"]})


NUMBERS = "DUPLICATES, METADATA with the key of a number, PREDICTIONS with name CATEGORY_COUNT, RANDOM or SCORES"


@pytest.mark.parametrize(
    ("input_", "strategy", "message"),
    [
        (
            {"type": "EMBEDDINGS"},
            {"type": "SIMILARITY"},
            "SIMILARITY takes a vector with a query to compare it with for each sample, and this EMBEDDINGS input is a "
            "vector; for SIMILARITY, use EMBEDDINGS with text, with images, or with dataset_id and tag_name; for this "
            "input, use DIVERSITY, GIST or TYPICALITY",
        ),
        (
            {"type": "EMBEDDINGS"},
            WEIGHTS,
            "WEIGHTS takes a number for each sample, and this EMBEDDINGS input is a vector; for WEIGHTS, use "
            f"{NUMBERS}; for this input, use DIVERSITY, GIST or TYPICALITY",
        ),
        (
            {"type": "PREDICTIONS", "task": "t", "name": "CLASS_DISTRIBUTION"},
            WEIGHTS,
            "WEIGHTS takes a number for each sample, and this PREDICTIONS input is an amount of each class; for WEIGHTS, "
            "use PREDICTIONS with name CATEGORY_COUNT, DUPLICATES, METADATA with the key of a number, RANDOM or SCORES; for this "
            "input, use BALANCE",
        ),
        (
            {"type": "METADATA", "key": "weather"},
            WEIGHTS,
            "WEIGHTS takes a number for each sample, and this METADATA input is a category; for WEIGHTS, use "
            "METADATA with the key of a number, DUPLICATES, PREDICTIONS with name CATEGORY_COUNT, RANDOM or SCORES; for "
            "this input, use BALANCE",
        ),
        (
            SHARPNESS,
            {"type": "BALANCE", "distribution": "UNIFORM"},
            "BALANCE takes a category or an amount of each class for each sample, and this METADATA input is a number; for "
            "BALANCE, use METADATA with the key of a category or PREDICTIONS with name CLASS_DISTRIBUTION; for this input, "
            "use THRESHOLD or WEIGHTS",
        ),
    ],
)
def test_an_input_must_fit_its_strategy(input_: dict[str, Any], strategy: dict[str, Any], message: str) -> None:
    """The error says which inputs the strategy takes, the given one with other parameters first, and what takes it."""
    with pytest.raises(errors.ConfigError) as caught:
        make_plan(config((input_, strategy)), REGISTRY, annotated().annotations)

    assert str(caught.value) == f"strategies[0]: {message}"


def test_plugins_of_anybody_are_offered_and_broken_ones_are_not(install: Install) -> None:
    """By what they say that they accept and yield; an input that says nothing isn't offered."""
    module = (
        "from tamis import *\n"
        "def provide(params, context):\n    raise ValueError\n"
        "@hookimpl\ndef tamis_input_providers():\n"
        "    yield InputProvider('SQL', provide, kind=lambda p, a: Kind.VECTOR, yields={Kind.VECTOR: 'with a table'})\n"
        "    yield InputProvider('MUTE', provide, kind=lambda p, a: Kind.VECTOR)\n"
        "@hookimpl\ndef tamis_strategies():\n"
        "    yield Strategy('FAR', accepts={Kind.VECTOR, Kind.SCALAR}, filter=lambda c, p: c.valid)\n"
        "    yield Strategy('ODD', accepts={Kind.VECTOR}, filter=lambda c, p: c.valid)\n"
    )
    install(
        "acme",
        {
            "tamis.inputs": {"SQL": "acme_all", "MUTE": "acme_all", "TORN": "acme_nowhere"},
            "tamis.strategies": {"FAR": "acme_all", "ODD": "acme_all", "LOST": "acme_nowhere"},
        },
        acme_all=module,
    )
    registry = Registry(allow=["tamis", "acme"], environ=False)

    assert problems(config((SHARPNESS, {"type": "ODD"})), registry) == [
        "strategies[0]: ODD takes a vector for each sample, and this METADATA input is a number; for ODD, use EMBEDDINGS or "
        "SQL with a table; for this input, use FAR, THRESHOLD or WEIGHTS"
    ]


@pytest.mark.parametrize("yields", [{"SCALAR": ""}, {Kind.SCALAR: None}, [Kind.SCALAR]])
def test_what_an_input_yields_is_said_in_words(yields: Any) -> None:
    """For each kind."""
    with pytest.raises(TypeError, match="yields says in words"):
        InputProvider("X", lambda params, context: None, kind=lambda params, about: Kind.SCALAR, yields=yields)  # type: ignore[arg-type,return-value]


def test_plugins_that_raise_about_a_parameter_are_quoted() -> None:
    """A provider's own refusal gets its place in the config."""

    def kind(params: Any, about: Any) -> Kind:
        raise errors.ParameterError("table", "there is no such table")

    registry = Registry(allow=["tamis"], environ=False)
    schema = {"properties": {"table": {"type": "string"}}}
    registry.register(InputProvider("SQL", lambda params, context: None, kind=kind, schema=schema))  # type: ignore[arg-type,return-value]

    assert problems(config(({"type": "SQL", "table": "x"}, WEIGHTS)), registry) == [
        "strategies[0].input.table: there is no such table"
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"x": {"type": "nonsense"}}},
        {"properties": {"x": {"$ref": "https://example.invalid/x.json"}}},
        {"properties": {"x": {}}, "required": ["y"]},
        {"properties": {"x": {}, "type": {"type": "string"}}},
    ],
    ids=["invalid", "remote", "requires what it does not have", "names what is tamis's"],
)
def test_a_plugin_with_a_bad_schema_is_broken(schema: dict[str, Any]) -> None:
    """It is named; a reference to the network is never followed; no config could be right by the last two."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(InputProvider("ODD", lambda params, context: None, kind=lambda p, a: Kind.SCALAR, schema=schema))  # type: ignore[arg-type,return-value]

    with pytest.raises((errors.BrokenPluginError, errors.ConfigError)) as caught:
        make_plan(config(({"type": "ODD", "x": 1}, WEIGHTS)), registry)
    assert "contributes a bad schema" in str(caught.value)


def test_a_schema_may_have_definitions_of_its_own() -> None:
    """``#/$defs/...`` in a plugin's schema means the plugin's."""
    registry = Registry(allow=["tamis"], environ=False)
    schema = {"properties": {"x": {"$ref": "#/$defs/small"}}, "$defs": {"small": {"type": "integer", "maximum": 3}}}
    registry.register(InputProvider("REF", lambda params, context: None, kind=lambda p, a: Kind.SCALAR, schema=schema))  # type: ignore[arg-type,return-value]

    make_plan(config(({"type": "REF", "x": 3}, WEIGHTS)), registry)
    assert problems(config(({"type": "REF", "x": 4}, WEIGHTS)), registry) == [
        "strategies[0].input.x: 4 is greater than the maximum of 3"
    ]


def test_the_composed_schema_is_one_and_agrees_with_the_planner() -> None:
    """A valid 2020-12 schema that another validator run accepts and refuses the same configs with."""
    schema, refused = composed_schema(REGISTRY)
    validator = jsonschema.Draft202012Validator(schema)

    assert not refused
    jsonschema.Draft202012Validator.check_schema(schema)
    inputs = ["DUPLICATES", "EMBEDDINGS", "METADATA", "PREDICTIONS", "RANDOM", "SCORES"]
    assert schema["$defs"]["input"]["properties"]["type"]["enum"] == inputs
    assert "oneOf" not in json.dumps(schema)
    assert validator.is_valid(config((SHARPNESS, THRESHOLD), (SHARPNESS, WEIGHTS)))
    assert validator.is_valid(config((SHARPNESS, {**THRESHOLD, "strength": 1})))
    assert not validator.is_valid(config((SHARPNESS, {**THRESHOLD, "strength": 2})))
    assert not validator.is_valid(config(({"type": "RANDOM", "key": "x"}, WEIGHTS)))
    assert json.loads(json.dumps(schema)) == schema


names = st.sampled_from(
    [
        "type",
        "key",
        "random_seed",
        "strength",
        "threshold",
        "operation",
        "input",
        "strategy",
        "n_samples",
        "strategies",
        "x",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["METADATA", "RANDOM", "WEIGHTS", "THRESHOLD", "lightly.snr", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(values)
def test_any_json_is_a_plan_or_a_list_of_problems(document: Any) -> None:
    """Whatever is in the file: no other exception, and the data is not changed."""
    before = repr(document)
    with suppress(errors.ConfigError):
        make_plan(document, REGISTRY)

    assert repr(document) == before


@pytest.mark.parametrize(
    ("top", "usable", "expected"),
    [
        ({"n_samples": 7}, 3, 7),
        ({"n_samples": 0}, 3, 0),
        ({"n_samples": 4.0}, 9, 4),
        ({"proportion_samples": 0}, 100, 0),
        ({"proportion_samples": 1}, 341, 341),
        ({"proportion_samples": 0.1}, 341, 34),
        ({"proportion_samples": 0.5}, 5, 3),
        ({"proportion_samples": 0.285}, 100, 29),
        ({"proportion_samples": 0.001}, 10, 1),
        ({"proportion_samples": 1e-300}, 10, 1),
        ({"proportion_samples": 1}, 0, 0),
    ],
)
def test_how_many_samples_a_config_asks_for(top: dict[str, Any], usable: int, expected: int) -> None:
    """A share is rounded half up, as written in decimal, and is at least one sample if it is anything."""
    document = {"strategies": [{"input": SHARPNESS, "strategy": WEIGHTS}], **top}

    assert make_plan(document, REGISTRY).limit(usable) == expected


def test_no_limit_needs_a_stopping_condition() -> None:
    """Then -1 means all that are usable."""
    stop = {"type": "WEIGHTS", "stopping_condition_max_sum": 10}

    assert make_plan(config((SHARPNESS, stop), n_samples=-1), REGISTRY).limit(42) == 42


@pytest.mark.parametrize(
    "schema",
    [{"properties": ["x"]}, {"required": None}, {"properties": None}, {"properties": {"x": 5}}],
)
def test_an_odd_schema_is_its_plugins_trouble(schema: Any) -> None:
    """The composed schema goes without it, and says so; a config that names it is told."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(InputProvider("ODD", lambda params, context: None, kind=lambda p, a: Kind.SCALAR, schema=schema))  # type: ignore[arg-type,return-value]
    composed, refused = composed_schema(registry)

    assert "ODD" not in json.dumps(composed)
    assert "input 'ODD' of (in process)" in str(refused[0])
    assert problems(config(({"type": "ODD"}, WEIGHTS)), registry)[0].startswith("strategies[0].input.type: input 'ODD'")


def test_true_is_a_schema_too() -> None:
    """A parameter of any form."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(
        InputProvider(
            "ANY", lambda params, context: None, kind=lambda p, a: Kind.SCALAR, schema={"properties": {"x": True}}
        )
    )  # type: ignore[arg-type,return-value]

    make_plan(config(({"type": "ANY", "x": {"deep": [1]}}, WEIGHTS)), registry)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (config((SHARPNESS, WEIGHTS), **{"²": 1}), "²"),
        (config((SHARPNESS, {**THRESHOLD, "threshold": 10**400})), "strategies[0].strategy.threshold"),
        (
            config((SHARPNESS, {"type": "WEIGHTS", "target_range": {"min_sum": 10**400}})),
            "strategies[0].strategy.target_range.min_sum",
        ),
        (config((SHARPNESS, WEIGHTS), n_samples=b"5"), "n_samples"),
        (config((SHARPNESS, {"type": "WEIGHTS", "strength": {1, 2}})), "strategies[0].strategy.strength"),
    ],
)
def test_what_is_no_json_has_its_place_too(document: Any, place: str) -> None:
    """Numbers that no float can hold, bytes, sets, and digits that are no numbers."""
    assert problems(document)[0].startswith(f"{place}: ")


def test_a_config_that_contains_itself_is_refused() -> None:
    """As is one that is nested too deeply."""
    document: dict[str, Any] = config((SHARPNESS, WEIGHTS))
    document["strategies"].append(document)

    assert problems(document) == ["a selection config is not nested so deeply"]


def test_whole_floats_are_integers() -> None:
    """A seed of 42.0 is 42, in the manifest as well."""
    plan = make_plan(config(({"type": "RANDOM", "random_seed": 42.0}, WEIGHTS), n_samples=2.0), REGISTRY)

    assert plan.seeds() == {"strategies[0].input.random_seed": 42}
    assert repr(plan.config["n_samples"]) == "2"
