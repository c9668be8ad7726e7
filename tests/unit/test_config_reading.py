"""Configs as they are found: which formats are read, to what data, and what is said of everything else."""

from __future__ import annotations

import json
import pprint
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tamis import errors
from tamis.config import yaml_text
from tamis.config.formats import parse
from tamis.config.reading import MAX_SIZE, Document, read_config, read_data

#: What JSON can say. The root is an object, as that of a config is.
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=12
)
documents = st.dictionaries(st.text(), values, max_size=4)

comments = (
    st.sampled_from(["/**/", "/***/", '/* , ] } " \n */', "// , ] } \" ' /*\n", '# {"a": [1,],}\n'])
    | st.text(st.characters(exclude_characters="\r\n", codec="utf-8")).map(lambda text: f"//{text}\n")
    | st.text(st.characters(exclude_characters="\r\n", codec="utf-8")).map(lambda text: f"#{text}\n")
    | st.text(st.characters(exclude_characters="*\r", codec="utf-8")).map(lambda text: f"/*{text}*/")
)
gaps = st.lists(st.sampled_from([" ", "\t", "\n"]) | comments, max_size=2).map("".join)


def same(found: Any, expected: Any) -> bool:
    """Whether they are equal, types (1, 1.0, True) and the order of names included."""
    return repr(found) == repr(expected)


def refusal(text: str, *, is_yaml: bool = False) -> str:
    """What is said of a text that can't be read."""
    with pytest.raises(errors.ConfigError) as caught:
        parse(text, "c", is_yaml=is_yaml)
    (problem,) = caught.value.problems
    assert problem.path == ""
    return problem.message


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_strict_json_is_what_it_was(data: Any, ascii_only: bool, indent: int | None) -> None:
    """The very data that Python's parser makes of it."""
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)

    assert same(parse(text, "c"), json.loads(text))


@given(documents, st.data())
def test_json_may_have_comments_and_trailing_commas(document: Any, data: st.DataObject) -> None:
    """Anywhere between its tokens, whatever stands in them."""

    def gap() -> str:
        return data.draw(gaps)

    def listed(members: list[str]) -> str:
        last = "," if members and data.draw(st.booleans()) else ""
        return f"{gap()}{','.join(members)}{last}{gap()}"

    def written(value: Any) -> str:
        if isinstance(value, dict):
            members = [f"{gap()}{json.dumps(name)}{gap()}:{written(member)}" for name, member in value.items()]
            return f"{gap()}{{{listed(members)}}}{gap()}"
        if isinstance(value, list):
            return f"{gap()}[{listed([written(member) for member in value])}]{gap()}"
        return f"{gap()}{json.dumps(value, ensure_ascii=data.draw(st.booleans()))}{gap()}"

    assert same(parse(written(document), "c"), document)


@given(documents, st.sampled_from(["", "config = ", "# by hand\n\nc: dict[str, Any] = ", "\n  "]), st.booleans())
def test_a_python_literal_is_a_config(document: Any, before: str, pretty: bool) -> None:
    """By itself or assigned to a name, as ``repr`` and ``pprint`` write it."""
    text = pprint.pformat(document, width=40, sort_dicts=False) if pretty else repr(document)

    assert same(parse(f"{before}{text}  # as run\n", "c"), document)


def is_number_in_yaml_1_2(data: Any) -> bool:
    """Whether it holds text such as 1e3, which PyYAML, being of version 1.1, writes without quotation marks."""
    if isinstance(data, (dict, list)):
        return any(map(is_number_in_yaml_1_2, data.values() if isinstance(data, dict) else data))
    return isinstance(data, str) and re.fullmatch(r"[-+.0-9]+[eE][-+]?[0-9]+", data) is not None


@given(
    documents.filter(lambda document: not is_number_in_yaml_1_2(document)),
    st.sampled_from([True, False, None]),
    st.booleans(),
)
@example({"a": ["yes", "no", "null", "~", "1:30", "010", "0x1F", "2024-01-31", "<<", "=", "", "1_000", ".5", "é"]}, None, True)  # fmt: skip
def test_yaml_is_a_config(document: Any, flow: bool | None, unicode: bool) -> None:
    """In all its styles, as PyYAML writes it."""
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=unicode, sort_keys=False)
    assume(same(yaml.safe_load(text), document))  # unlike NEL and other rare line breaks, which it doesn't write right

    assert same(parse(text, "c", is_yaml=True), document)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2,], "b": {"c": 1,},}', {"a": [1, 2], "b": {"c": 1}}),
        ('{"a": 1 # to be sure\n}', {"a": 1}),
        ('// first\n{"a": /* b */ 1, // c\n}\n# last', {"a": 1}),
        ('{"a": "x // y # z /* w */ ,]"} // "', {"a": "x // y # z /* w */ ,]"}),
        ('{"a": "\\" // \\\\",}', {"a": '" // \\'}),
        ('{"a": 1,\r\n"b": 2 // x\r\n}', {"a": 1, "b": 2}),
        ('{"a": 1, // x\r"b": 2}', {"a": 1, "b": 2}),
        ("{'a': True, 'b': None, 'c': (1, -2.5, +3), 'd': 'it''s', }", {"a": True, "b": None, "c": [1, -2.5, 3], "d": "its"}),
        ('{"a": r"\\d", "b": u"x", \'c\': """y\nz""", "d": \'//\'}', {"a": r"\d", "b": "x", "c": "y\nz", "d": "//"}),
        ("{'a': 1_000, 'b': 0x10, 'c': 1e-3}  # numbers of Python", {"a": 1000, "b": 16, "c": 0.001}),
        ("{'a': '\\d'}", {"a": "\\d"}),
        ("({'a': 1})", {"a": 1}),
        ("selection_config = {\n    'a': 1,  # b\n}\n", {"a": 1}),
        ("a: 1\nb:\n  - c: x # y\n  - {d: [1, 2]}\n", {"a": 1, "b": [{"c": "x"}, {"d": [1, 2]}]}),
        ("# a comment\n---\na: 1\n...\n", {"a": 1}),
        ("a: 1e-3\nb: .5\nc: 1.\nd: -3\ne: +2\n", {"a": 0.001, "b": 0.5, "c": 1.0, "d": -3, "e": 2}),
        ("a: no\nb: off\nc: 010\nd: 1:30\ne: 2024-01-31\nf: 1_000\n", {"a": "no", "b": "off", "c": "010", "d": "1:30", "e": "2024-01-31", "f": "1_000"}),
        ("a: null\nb: ~\nc:\nd: True\ne: false\nf: 'true'\n", {"a": None, "b": None, "c": None, "d": True, "e": False, "f": "true"}),
        ("0: 0.5\nno: 0.5\n1.0: 1\nnull: 2\n", {"0": 0.5, "no": 0.5, "1.0": 1, "null": 2}),
        ("a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  c: 3\n", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 2}, "e": {"b": 1, "c": 3}}),
        ("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], c: 3}\n", {"x": {"a": 1, "b": 1}, "y": {"b": 2, "c": 2}, "z": {"b": 1, "c": 3, "a": 1}}),
        ("a: !!str 5\nb: !!float 5\nc: !!int '5'\n", {"a": "5", "b": 5.0, "c": 5}),
        ("note: a=b\nwith: x\n", {"note": "a=b", "with": "x"}),
        ("a: |\n  x = 1\n  y\n", {"a": "x = 1\ny\n"}),
    ],
)  # fmt: skip
def test_what_people_write_is_read(text: str, data: Any) -> None:
    """By content alone, whatever the file is called."""
    found = parse(text, "c")

    assert found == data
    assert json.dumps(found, sort_keys=True) == json.dumps(data, sort_keys=True)


BRACKET = "c: not JSON, with or without comments, or a Python literal: "
PYTHON = "c: not a Python literal, or one assignment of it (no other Python is read): "
GUESS = "c: not JSON, YAML or a Python literal: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c: it is empty"),
        (" \n# nothing\n", "c: it is empty"),
        ("hello", GUESS + "Expecting value (line 1, column 1, at 'hello')"),
        ("1" * 5000, "c: a number in it is too large"),
        ("[" * 100_000, "c: nested too deeply"),
        ('{"a": {"b": 1, "b": 2}}', "c: an object has 'b' twice"),
        ('{"a": {"b": 1, /* again */ "b": 2,}}', "c: an object has 'b' twice"),
        # In JSON with comments, places are those of the file.
        ('{"a": 1, // x\n  "b": tru,\n}', BRACKET + "Expecting value (line 2, column 8, at 'tru,')"),
        ('{\n  /* two\n  lines */ "a": 1 "b": 2}', BRACKET + "Expecting ',' delimiter (line 3, column 19, at '\"b\": 2}')"),
        ('{"a": 1 // all}', BRACKET + "Expecting ',' delimiter (line 1, column 16)"),
        ('{"a": 1, /* b }', BRACKET + "a comment begins here and never ends (line 1, column 10, at '/* b }')"),
        ('{"a": 1, /*/ }', BRACKET + "a comment begins here and never ends (line 1, column 10, at '/*/ }')"),
        ("[1,,]", BRACKET + "Expecting value (line 1, column 4, at ',]')"),
        ("[,]", BRACKET + "Expecting value (line 1, column 2, at ',]')"),
        ('{"a":,}', BRACKET + "Expecting value (line 1, column 6, at ',}')"),
        ('{"a": 1} extra', BRACKET + "Extra data (line 1, column 10, at 'extra')"),
        ('{"a": "x\n"}', BRACKET + "Invalid control character at (line 1, column 9)"),
        ("{a: 1}", BRACKET + "Expecting property name enclosed in double quotes (line 1, column 2, at 'a: 1}')"),
        # JSON or Python, whichever could be read further.
        ("{'a': 1, 'b': flase}", BRACKET + "'flase' can't be part of a literal (line 1, column 15, at 'flase}')"),
        ("{'a': None, 'b': null}", BRACKET + "Python writes None, not null (line 1, column 18, at 'null}')"),
        ("{\"a\": true, 'b': 1}", BRACKET + "Expecting property name enclosed in double quotes (line 1, column 13, at \"'b': 1}\")"),
        ("{'a': 1", BRACKET + "'{' is never closed (line 1, column 1, at \"{'a': 1\")"),
        ("\n   {'é': [1}", BRACKET + "'}' closes nothing that is open (line 2, column 12, at '}')"),
        ("{'a': 1 'b': 2}", BRACKET + "',' or ':' is missing before this (line 1, column 9, at \"'b': 2}\")"),
        ("{'a': 1,, 'b': 2}", BRACKET + "invalid syntax (line 1, column 9, at \", 'b': 2}\")"),
        ("\n\t {'é': 1, 'é' = 2}", BRACKET + "'=' can't be part of a literal (line 2, column 16, at '= 2}')"),
        ("{'é': 1},", BRACKET + "one literal is expected, and no tuple (line 1, column 9, at ',')"),
        ("{'a': {1, 2}}", BRACKET + "a set is not data that a config may hold (line 1, column 7, at '{1, 2}}')"),
        ("{'é': 1, 'b': (1)(2)}", BRACKET + "',' or ':' is missing before this (line 1, column 18, at '(2)}')"),
        ("{'é': 1, 'b': 0xe+1}", BRACKET + "an expression is not data that a config may hold (line 1, column 15, at '0xe+1}')"),
        ("{'a': 1j}", BRACKET + "an expression is not data that a config may hold (line 1, column 7, at '1j}')"),
        ("{'a': -True}", BRACKET + "an expression is not data that a config may hold (line 1, column 7, at '-True}')"),
        ("{'a': 1, (1, 2): 3}", BRACKET + "a name is a string (line 1, column 10, at '(1, 2): 3}')"),
        ("{'a': 1}\n{'b': 2}", BRACKET + "one literal is expected, and nothing else (line 2, column 1, at \"{'b': 2}\")"),
        ("{'a': 1, 'é': 2,\n 'a': 3}", "c: an object has 'a' twice (line 2, column 2, at \"'a': 3}\")"),
        ("x = " + "1" * 5000, "c: a number in it is too large"),
        ("x = " + "[" * 101, "c: nested too deeply (line 1, column 105, at '[')"),
        ("x = ", PYTHON + "a literal is expected (line 1, column 5)"),
        ("x = 1, 2", PYTHON + "one literal is expected, and no tuple (line 1, column 6, at ', 2')"),
        ("x = {'a': '\udc80'}", PYTHON + "half a character, which no text has (line 1, column 12, at \"\\udc80'}\")"),
        ("x = --1", PYTHON + "'-' can't be part of a literal (line 1, column 6, at '-1')"),
        ("x = 1 + 1", PYTHON + "'+' can't be part of a literal (line 1, column 7, at '+ 1')"),
        ("x = {'a': 'b}", PYTHON + "a string begins here and never ends (line 1, column 11, at \"'b}\")"),
        ("x = {'a': os.environ}", PYTHON + "'os' can't be part of a literal (line 1, column 11, at 'os.environ}')"),
        ("x = {'a': f'{1}'}", PYTHON + "'f' can't be part of a literal (line 1, column 11, at \"f'{1}'}\")"),
        ("x = {}\ny = {}", PYTHON + "'y' can't be part of a literal (line 2, column 1, at 'y = {}')"),
        ("import os\nx = {}", PYTHON + "'import' can't be part of a literal (line 1, column 1, at 'import os')"),
        ("client.schedule(\n    selection_config={'a': 1},\n)\nx = 1", PYTHON + "'client' can't be part of a literal (line 1, column 1, at 'client.schedule(')"),
        # YAML.
        ("a: 1\nb: [1, 2", GUESS + "expected ',' or ']', but got '<stream end>' (line 2, column 9)"),
        ("a: 1\n b: 2", GUESS + "mapping values are not allowed here (line 2, column 3, at ': 2')"),
        ("a:\n\t- b", GUESS + "found character '\\t' that cannot start any token (line 2, column 1, at '\\t- b')"),
        ("a: *b", GUESS + "found undefined alias 'b' (line 1, column 4, at '*b')"),
        ("a: \x07", GUESS + "a control character (line 1, column 4, at '\\x07')"),
        ('a: "\\UFFFFFFFF"', GUESS + "a number or an escape that means nothing (line 1, column 7, at 'FFFFFFFF\"')"),
        ("a: !!int x", GUESS + "'x' is no int (line 1, column 4, at '!!int x')"),
        ("a: 1\nb:\n  c: 1\n  c: 2", "c: an object has 'c' twice (line 4, column 3, at 'c: 2')"),
        ("1: a\n'1': b", "c: an object has '1' twice (line 2, column 1, at \"'1': b\")"),
        ("x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x", "c: an object has '<<' twice (line 4, column 3, at '<<: *x')"),
        ("y:\n  <<: 5", "c: '<<' takes in mappings (line 2, column 7, at '5')"),
        ("a: 1\n---\nb: 2", "c: several documents; a config is one (line 2, column 1, at '---')"),
        ("? [1, 2]\n: 3\na: 1", "c: a name is text (line 1, column 3, at '[1, 2]')"),
        ("a: !!python/object/apply:os.system ['exit 1']", "c: the tag !!python/object/apply:os.system is not data that a config may hold (line 1, column 4, at '!!python/object/appl')"),
        ("!!python/name:os.system x: 1", "c: the tag !!python/name:os.system is not data that a config may hold (line 1, column 1, at '!!python/name:os.sys')"),
        ("a: !mine {b: 1}", "c: the tag !mine is not data that a config may hold (line 1, column 4, at '!mine {b: 1}')"),
        ("a: !!set {b, c}", "c: the tag !!set is not data that a config may hold (line 1, column 4, at '!!set {b, c}')"),
        ("a: !!binary aGk=", "c: the tag !!binary is not data that a config may hold (line 1, column 4, at '!!binary aGk=')"),
        ("a: &x [*x]", "c: nested too deeply (line 1, column 4, at '&x [*x]')"),
        ("a: " + "[" * 5000, "c: nested too deeply"),
        ("a: " + "1" * 5000, f"c: a number in it is too large (line 1, column 4, at '{'1' * 20}')"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_place(text: str, message: str) -> None:
    """What was tried, what is wrong, and where: the place that the format names which got furthest."""
    assert refusal(text) == message


def test_a_file_called_yaml_is_yaml() -> None:
    """Where there's a bracket first, as well; elsewhere a bracket is never YAML, in which typing errors mean things."""
    slip = '{"n_samples": 5, "strategies"}'

    assert parse("{a: b, c: [1,]}", "c", is_yaml=True) == {"a": "b", "c": [1]}
    assert parse("5 # x", "c", is_yaml=True) == 5
    assert parse(slip, "c", is_yaml=True) == {"n_samples": 5, "strategies": None}
    assert refusal(slip) == BRACKET + "Expecting ':' delimiter (line 1, column 30, at '}')"
    assert refusal("a: [", is_yaml=True).startswith("c: not YAML: ")


def test_aliases_do_not_make_a_document_large() -> None:
    """The "billion laughs": nine lines that would be a billion values."""
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    text = "\n".join(["a0: &a0 lol", *lines])
    before = time.process_time()

    assert refusal(text).startswith("c: more than 200,000 values, those of aliases counted each time (line ")
    assert time.process_time() - before < 20


def test_yaml_is_read_up_to_its_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after it, such as a mistake, is not come to: reading megabytes of YAML takes minutes."""
    monkeypatch.setattr(yaml_text, "MAX_VALUES", 6)
    assert parse("a: [1, 2]\nb: {c: 3}", "c") == {"a": [1, 2], "b": {"c": 3}}
    assert refusal("a: [1, 2]\nb: {c: 3, d: 4}\ne: ]").startswith("c: more than 200,000 values")


#: What texts in these formats are made of, and what would run code if anything did.
fragments = st.lists(
    st.sampled_from([
        *"{}[](),:;'\"#/*-+=&|>\\\n\t %@!", " ", "\n  ", "- ", "a: ", "'a': ", '"b": ', "1", "1e9", "0x1f", "True", "null", "x = ", '"""', "//",
        "/*", "*/", "&a ", "*a", "<<: ", "---\n", "%YAML 1.2\n", "? ", "!!set ", "!!python/object/apply:os.getcwd []", "!!python/name:os.getcwd ''",
        "!!python/object/new:os.getcwd []", "__import__('os').getcwd()", "f'{print()}'", "lambda: 0", "import os\n", "\\u12", "é", "\U0001f600", "\x00",
    ]),
    max_size=20,
).map("".join)  # fmt: skip

#: What Python tells of that runs: only code does any of this.
RUNNING = ("exec", "import", "os.", "subprocess.", "open", "compile")
_heard: list[str] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _heard is not None and event.startswith(RUNNING) and not (event == "compile" and arguments[0] is not None):
        _heard.append(event)


sys.addaudithook(_hear)


@contextmanager
def running() -> Iterator[list[str]]:
    """What runs meanwhile."""
    global _heard
    _heard = []
    try:
        yield _heard
    finally:
        _heard = None


def test_that_code_runs_would_be_heard() -> None:
    """Else the next test could not fail."""
    with running() as heard:
        exec("1 + 1")

    assert "exec" in heard


@given(st.text() | fragments, st.booleans())
@example("x = __import__('os').getcwd()", False)
@example("a: !!python/object/apply:os.getcwd []", True)
def test_any_text_is_data_or_an_error_and_never_runs(text: str, is_yaml: bool) -> None:
    """No other exception, no code, no import, no file."""
    parse("a: 1", "c")  # what reads YAML is imported when it's needed
    with running() as heard, suppress(errors.ConfigError):
        json.dumps(parse(text, "c", is_yaml=is_yaml), skipkeys=True)

    assert heard == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "not UTF-8 text (invalid start byte at byte 0)"),
        (b'{"a": 1,,}', "not JSON, with or without comments, or a Python literal: Expecting property name enclosed"),
        (b" " * (MAX_SIZE + 1), "is larger than 16 MiB, and a config is not"),
    ],
)
def test_an_unreadable_file_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    """It names the file."""
    path = tmp_path / "config.json"
    path.write_bytes(content)

    with pytest.raises(errors.ConfigError) as caught:
        read_config(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_one_line_too(tmp_path: Path) -> None:
    """With what the system says."""
    for path, message in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(errors.ConfigError, match=message):
            read_config(path)


def test_a_byte_order_mark_is_no_part_of_the_config(tmp_path: Path) -> None:
    """Some editors on Windows write one."""
    path = tmp_path / "config.json"
    path.write_bytes(b'\xef\xbb\xbf{"n_samples": 5}')

    assert read_config(path) == Document({"n_samples": 5})


@pytest.mark.parametrize("name", ["c.yaml", "c.yml", "C.YAML"])
def test_the_suffix_says_yaml(tmp_path: Path, name: str) -> None:
    """In any case."""
    (tmp_path / name).write_text("{n_samples: 5}")

    assert read_data(tmp_path / name) == {"n_samples": 5}


def test_without_pyyaml_yaml_names_the_command_that_installs_it() -> None:
    """And all else is read as ever."""
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from tamis.config.formats import parse\n"
        "from tamis.errors import MissingDependencyError\n"
        "assert parse('{\"a\": 1,}', 'c') == parse(\"x = {'a': 1}\", 'c') == {'a': 1}\n"
        "try:\n    parse('a: 1', 'c')\nexcept MissingDependencyError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "c: reading YAML needs PyYAML: pip install 'tamis[yaml]'\n"


STRATEGIES = [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]


@pytest.mark.parametrize(
    ("wrapper", "data", "note"),
    [
        ({"selection_config": {"n_samples": 5}}, {"n_samples": 5}, "the config is its 'selection_config'"),
        (
            {"worker_config": {}, "selectionConfig": {"nSamples": 5}, "lightly_config": None},
            {"nSamples": 5},
            "the config is its 'selectionConfig'; 'worker_config', 'lightly_config' are not used",
        ),
        (
            {"version": 4, "selection_config": {"n_samples": 5}, "runs_on": []},
            {"version": 4, "n_samples": 5},
            "the config is its 'selection_config'; 'runs_on' is not used",
        ),
    ],
)
def test_a_config_among_others_is_taken_out(tmp_path: Path, wrapper: Any, data: Any, note: str) -> None:
    """With a note that says so, and what isn't used; a version beside it is the config's."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps(wrapper))

    assert read_config(path) == Document(data, (f"{path}: {note}",))
    assert read_data(path) == wrapper


def test_a_config_is_not_taken_out_of_a_config(tmp_path: Path) -> None:
    """What has strategies is one itself, with a name in it that is wrong."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"strategies": STRATEGIES, "selection_config": {}}))

    assert read_config(path) == Document({"strategies": STRATEGIES, "selection_config": {}})


@pytest.mark.parametrize(
    ("wrapper", "message"),
    [
        (
            {"selection_config": {}, "selectionConfig": {}},
            "has both 'selection_config' and 'selectionConfig': which one",
        ),
        ({"selection_config": [1]}, "selection_config: a selection config is an object"),
    ],
)
def test_a_wrapper_holds_one_config(tmp_path: Path, wrapper: Any, message: str) -> None:
    """And that is an object."""
    path = tmp_path / "c.json"
    path.write_text(json.dumps(wrapper))

    with pytest.raises(errors.ConfigError, match=re.escape(message)):
        read_config(path)
