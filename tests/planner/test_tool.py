"""Arguments, the portable profile of schemas, and the linter that holds every tool to it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from portable import lint
from pydantic import Field

from hrm_toolkit.core import InputError, OptionError, ToolkitError
from hrm_toolkit.planner.tools.tool import AS_LIST, AS_TEXT, Arguments, Tool
from hrm_toolkit.planner.tools.toolbox import CORE, MORE

TOOLS = (*CORE, *MORE)


class Greet(Arguments):
    """Arguments of a test."""

    name: Annotated[str, Field(max_length=2_000, description="Whom to greet."), AS_TEXT]
    mood: Literal["warm", "cool"] | None = Field(description="How; null for warm.")
    times: Annotated[int, Field(ge=1, le=9)] | None = Field(description="How often; null for 1.")
    others: Annotated[list[str], AS_LIST] = Field(max_length=3, description="Who else.")


GREET = {"name": "Ada", "mood": None, "times": None, "others": []}


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_keeps_to_the_portable_profile(tool: Tool) -> None:
    assert lint(tool.name, tool.description, tool.schema) == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_schema_is_json_schema_and_takes_the_tool_s_example(tool: Tool) -> None:
    jsonschema.Draft202012Validator.check_schema(tool.schema)
    jsonschema.validate(tool.example, tool.schema)
    assert set(tool.example) == set(tool.schema["properties"])
    tool.arguments.read(tool.example)


def test_the_core_set_is_seven_tools_and_names_are_distinct() -> None:
    assert len(CORE) == 7
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)


def test_a_schema_names_each_type_once_and_says_its_bounds_in_words() -> None:
    properties = Greet.portable_schema()["properties"]
    assert properties["name"] == {
        "type": "string",
        "description": "Whom to greet (at most 2,000 characters).",
    }
    assert properties["mood"] == {
        "anyOf": [{"enum": ["warm", "cool"], "type": "string"}, {"type": "null"}],
        "description": "How; null for warm.",
    }
    assert properties["times"]["description"] == "How often; null for 1 (1 to 9)."
    assert properties["times"]["anyOf"][0] == {"type": "integer"}
    assert properties["others"] == {
        "type": "array",
        "items": {"type": "string"},
        "description": "Who else (at most 3 items).",
    }


def _broken(**changes: Any) -> dict[str, Any]:
    return {**Greet.portable_schema(), **changes}


def _property(value: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"x": value}, "required": ["x"]}
    return {**schema, "additionalProperties": False}


PLAIN = {"type": "string", "description": "It."}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        (_broken(additionalProperties=True), "additionalProperties is not false"),
        (_broken(required=["name"]), "not exactly the properties are required"),
        (_broken(**{"$defs": {}}), "the object has $defs"),
        (_broken(type="array"), "the schema is no object"),
        (_property({"type": "string"}), "x has no description"),
        (_property({**PLAIN, "default": "a"}), "x has default"),
        (_property({**PLAIN, "type": "object"}), "x is of type 'object', which is not plain"),
        (_property({**PLAIN, "type": ["string", "null"]}), "which is not plain"),
        (_property({**PLAIN, "maxLength": 3}), "x has maxLength"),
        (_property({**PLAIN, "enum": [1]}), "x has an enum of what is not text"),
        (_property({"$ref": "#/$defs/a", "description": "It."}), "x has $ref"),
        (_property({"oneOf": [PLAIN, NULL], "description": "It."}), "x has oneOf"),
        (_property({"anyOf": [PLAIN, PLAIN], "description": "It."}), "not one type and null"),
        (_property({"anyOf": [PLAIN, NULL, NULL], "description": "It."}), "not one type and null"),
        (
            _property({"anyOf": [{"anyOf": [PLAIN, NULL]}, NULL], "description": "It."}),
            "not one type and null",
        ),
        (_property({**PLAIN, "type": "array"}), "x is a list of what is not plain"),
        (
            _property({**PLAIN, "type": "array", "items": {"type": "array"}}),
            "x is a list of what is not plain",
        ),
        (
            _property({**PLAIN, "type": "array", "items": PLAIN, "prefixItems": [PLAIN]}),
            "x has prefixItems",
        ),
        (_property({**PLAIN, "additionalProperties": PLAIN}), "x has additionalProperties"),
    ],
)
def test_the_linter_finds(schema: dict[str, Any], fault: str) -> None:
    found = lint("greet", "Greets.", schema)
    assert any(fault in line for line in found), found
    assert all(line.startswith("greet: ") for line in found)


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "näme", "a.b"])
def test_the_linter_finds_names_that_hosts_refuse(name: str) -> None:
    assert any("the name is not" in line for line in lint(name, "It.", Greet.portable_schema()))


def test_the_linter_finds_what_pydantic_makes_of_optional_fields_tuples_and_maps() -> None:
    class Loose(Arguments):
        pair: tuple[int, int] = Field(description="Two.")
        table: dict[str, int] = Field(description="Some.")
        late: int | None = Field(default=None, description="Maybe.")
        either: int | str = Field(description="One.")

    found = "\n".join(lint("loose", "Is loose.", Loose.portable_schema()))
    for fault in ("pair has prefixItems", "table is of type 'object'", "late has default"):
        assert fault in found
    assert "either has an anyOf that is not one type and null" in found


def test_what_small_models_write_is_understood() -> None:
    sent = {"name": ["S.", ".G"], "mood": "null", "times": "3", "others": '["Bob"]'}
    for given_as in (sent, json.dumps(sent), json.dumps(json.dumps(sent))):
        read = Greet.read(given_as)
        assert (read.name, read.mood, read.times, read.others) == ('["S.", ".G"]', None, 3, ["Bob"])
    assert Greet.read({"name": "Ada", "others": []}).mood is None


def test_a_misspelt_argument_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(OptionError) as caught:
        Greet.read({**GREET, "tmes": 3})
    assert caught.value.path == "tmes"
    assert caught.value.hint == 'did you mean "times"?'
    assert "name, mood, times, others" in str(caught.value)


def test_a_misspelt_choice_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(InputError) as caught:
        Greet.read({**GREET, "mood": "wram"})
    assert caught.value.hint == 'did you mean "warm"?'
    assert caught.value.got == "wram"
    assert "How; null for warm." in str(caught.value.expected)


def test_a_missing_argument_is_named_with_what_it_is_for() -> None:
    with pytest.raises(OptionError, match=r'"name" is missing; expected a string: Whom to greet'):
        Greet.read({"others": []})


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "the arguments are no object"),
        ('{"a": NaN}', "finite numbers"),
        ('{"name": "Ann", "name": "Bob"}', 'the key "name" twice'),
        (7, "the arguments are no object"),
        ({**GREET, "times": 10}, "times: the number is too large"),
        ({**GREET, "times": "soon"}, "times: this is no whole number"),
        ({**GREET, "name": None}, "name: this is no text"),
        (
            {**GREET, "name": "x" * 2_001},
            "name: the text is too long",
        ),
        ({**GREET, "others": ["a"] * 4}, "others: the list is too long"),
        ('{"name": "' + "x" * 2_000_001 + '"}', "at most 2,000,000"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(sent: Any, says: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        Greet.read(sent)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(sent=JSON | st.fixed_dictionaries(dict.fromkeys(GREET, JSON)))
def test_whatever_is_sent_is_read_or_refused_as_a_user_s_error(sent: Any) -> None:
    try:
        read = Greet.read(sent)
    except ToolkitError:
        return
    assert read.mood in (None, "warm", "cool")


@pytest.mark.parametrize(
    ("name", "tool", "meant"),
    [
        *((word, "solve", "puzzle") for word in ("board", "grid", "input", "state", "Puzzle_text")),
        *((word, "solve", "wait_s") for word in ("time_limit", "timeout", "timeLimit", "max-time")),
        ("type", "solve", "task"),
        ("model", "solve", "solver"),
        ("mode", "solve", "strategy"),
        ("from", "solve", "start"),
        ("destination", "solve", "goal"),
        ("solution", "verify", "answer"),
        ("puzzle", "step", "state"),
        ("boards", "batch", "puzzles"),
        ("level", "generate", "difficulty"),
        ("n", "generate", "count"),
        ("job_id", "job", "id"),
    ],
)
def test_an_argument_by_another_word_names_the_one_that_is_meant(
    name: str, tool: str, meant: str
) -> None:
    arguments = next(one.arguments for one in TOOLS if one.name == tool)
    with pytest.raises(OptionError) as caught:
        arguments.read({name: "1"})
    assert caught.value.hint == f'did you mean "{meant}"?'
