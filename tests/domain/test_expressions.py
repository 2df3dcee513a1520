"""Python's evaluator against what JavaRosa answered (tests/expressions), the refusals, and properties on anything."""

import json
import math
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.expression_lint import FUNCTIONS
from inspect_app.domain.expressions import ExpressionError, evaluate, parse, references, truth
from tests.expressions.record import paths_of

FOLDER = Path(__file__).parent.parent / "expressions"
TABLE = json.loads((FOLDER / "cases.json").read_text("utf-8"))
INPUTS = json.loads((FOLDER / "inputs.json").read_text("utf-8"))
REFUSED = json.loads((FOLDER / "refused.json").read_text("utf-8"))
NOW = datetime.fromisoformat(TABLE["now"])
PATHS = {name: paths_of(instance, INPUTS["shapes"]) for name, instance in TABLE["instances"].items()}
TOPICS = {
    "numbers and dates",
    "time zone",
    "empty",
    "constraint",
    "relevant",
    "node-set as boolean",
    "node-set as string or number",
    "regex",
    "int and round",
    "position",
    "once",
    "jr:choice-name",
    "coalesce and concat",
    "if",
    "paths",
}


def answer(case):
    """What Python makes of a case, written as the table writes it."""
    tree = parse(case["expression"], paths=PATHS[case["instance"]])
    tree = json.loads(json.dumps(tree))
    try:
        value = evaluate(
            tree,
            TABLE["instances"][case["instance"]],
            context=case["context"],
            now=NOW,
            today=NOW.date(),
            choices=TABLE["choices"],
        )
    except ExpressionError:
        return {"type": "error"}
    return described(value, case["expected"]["type"])


def described(value, wanted):
    if isinstance(value, list):
        return {"type": "nodes", "value": value}
    if isinstance(value, bool):
        return {"type": "boolean", "value": value}
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            value = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return {"type": "number", "value": value}
    return {"type": "date" if wanted == "date" else "string", "value": value}


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: f"{case['topic']}: {case['expression']}")
def test_python_answers_as_javarosa_did(case):
    assert answer(case) == case["expected"]


def test_the_table_covers_every_topic_and_every_function_several_times():
    cases = TABLE["cases"]
    assert len(cases) == len(INPUTS["cases"]) >= 170
    for topic in TOPICS:
        assert sum(case["topic"] == topic for case in cases) >= 3, topic
    for name in FUNCTIONS:
        assert sum(f"{name}(" in case["expression"] for case in cases) >= 3, name


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['reason']}: {case['expression'][:60]}")
def test_what_engines_read_differently_is_refused_with_its_place(case):
    with pytest.raises(ExpressionError) as refusal:
        parse(case["expression"], paths=PATHS["plain"], boolean=case["boolean"])
    assert case["message"] in str(refusal.value)
    assert 1 <= refusal.value.column <= len(case["expression"]) + 1
    assert case["column"] in (None, refusal.value.column)


def test_a_condition_may_not_be_a_bare_question_but_a_value_may():
    assert parse("${text}", paths=PATHS["plain"]) == ["p", "/", ["data"], ["text"]]
    with pytest.raises(ExpressionError):
        parse("${text}", paths=PATHS["plain"], boolean=True)


def test_without_known_paths_any_path_is_taken():
    assert parse("/data/anything = 1", paths={})[0] == "op"


def test_references_are_the_absolute_paths_looked_at():
    paths = {
        "ny_01": "/data/g/ny_01",
        "age": "/data/member/age",
        "member": "/data/member",
        "limit": "/data/limit",
    }
    tree = parse("selected(${ny_01}, 'a') and count(${member}[age > ${limit}]) > 1 and . > 0", paths=paths)
    assert references(tree) == {"/data/g/ny_01", "/data/member", "/data/member/age", "/data/limit"}
    assert references(tree, "/data/g/n") == references(tree) | {"/data/g/n"}
    assert references(parse("../x > current()/../y", paths={}), "/data/g/n") == {"/data/g/x", "/data/g/y"}
    assert references(parse("instance('l')/root/item[name = ${ny_01}]/label", paths=paths)) == {
        "/data/g/ny_01"
    }


def test_what_lies_nowhere_is_empty():
    tree = parse("${gone} = '' and count(${gone}) = 0", paths={"gone": "/data/old/gone"})
    assert truth(tree, {"data": {"x": 1}}, now=NOW, today=NOW.date())


def test_dates_follow_the_zone_of_now():
    tree = parse("format-date(${at}, '%d/%m/%Y %H:%M')", paths={"at": "/data/at"})
    instance = {"data": {"at": "2026-11-22T18:15:00Z"}}
    shown = {
        zone: evaluate(
            tree, instance, now=datetime.fromisoformat(f"2026-11-22T12:00:00{zone}"), today=NOW.date()
        )
        for zone in ("+07:00", "+00:00", "-03:30")
    }
    assert shown == {"+07:00": "23/11/2026 01:15", "+00:00": "22/11/2026 18:15", "-03:30": "22/11/2026 14:45"}


def test_an_unknown_list_is_an_error():
    tree = parse("count(instance('causes')/root/item)", paths={})
    with pytest.raises(ExpressionError):
        evaluate(tree, {"data": {}}, now=NOW, today=NOW.date())


NAMES = ["a", "b", "rep", "x"]
KNOWN = {"a": "/data/a", "b": "/data/b", "rep": "/data/rep", "x": "/data/rep/x"}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["", "1", "-2,5", "a b", "2026-11-22", "2026-02-30", "2026-11-22T08:00:00+07:00", "9999-12-31"]
    ),
)
INSTANCES = st.fixed_dictionaries(
    {},
    optional={
        "a": SCALARS,
        "b": st.one_of(
            SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.sampled_from(NAMES), SCALARS)
        ),
        "rep": st.one_of(SCALARS, st.lists(st.dictionaries(st.sampled_from(NAMES), SCALARS), max_size=3)),
    },
)
LITERALS = st.sampled_from(
    [
        "1",
        "0",
        "2.5",
        "99999999999",
        "'a'",
        "''",
        "'^a$'",
        "'^[0-9]+$'",
        "'%d/%m/%Y'",
        "'2026-11-22'",
        "'1'",
        "'l'",
    ]
)
PATHS_WRITTEN = st.sampled_from(
    ["${a}", "${b}", "${rep}", "${x}", ".", "..", "../a", "../../a", "/data/rep[x = 1]/x", "${rep}[x > 0]",
     "current()/../a", "instance('l')/root/item[name = ${a}]/label", "instance('m')/root/item"]
)  # fmt: skip
OPERATORS = st.sampled_from(["+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or"])


def compound(part):
    calls = st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(part, max_size=4))
    likely = st.sampled_from(["selected({0}, {1})", "if({0} != '', {1}, {2})", "date({0})", "round({0}, 2)",
        "substr({0}, {1}, {2})", "indexed-repeat(${{x}}, ${{rep}}, {0})", "pow({0}, {1})", "max({0}, {1})",
        "format-date({0}, '%Y')", "coalesce({0}, {1})", "regex({0}, '^a+$')", "selected-at({0}, {1})", "date(date({0}) + {1})",
        "int({0})", "string({0})", "decimal-date-time({0})", "once({0})", "position({0})", "-{0}"])  # fmt: skip
    return st.one_of(
        st.tuples(part, OPERATORS, part).map(" ".join),
        st.tuples(likely, part, part, part).map(lambda drawn: drawn[0].format(*drawn[1:])),
        calls.map(lambda call: f"{call[0]}({', '.join(call[1])})"),
        part.map(lambda inner: f"({inner})"),
    )


EXPRESSIONS = st.recursive(st.one_of(LITERALS, PATHS_WRITTEN), compound, max_leaves=8)
CHOICES = {"l": [{"name": "a", "label": "A"}, {"name": "", "label": "2026-01-01"}], "/data/a": []}


@settings(max_examples=300, deadline=None)
@given(
    text=EXPRESSIONS,
    data=INSTANCES,
    context=st.sampled_from(["/data", "/data/a", "/data/rep[2]/x", "/data/rep/x", "/data/gone/gone"]),
)
def test_any_expression_on_any_answers_gives_a_value_or_an_expression_error(text, data, context):
    try:
        tree = parse(text, paths=KNOWN)
    except ExpressionError:
        return
    assert json.loads(json.dumps(tree)) == tree
    assert references(tree, context) is not None
    asked = {"context": context, "now": NOW, "today": date(2026, 11, 22), "choices": CHOICES}
    try:
        value = evaluate(tree, {"data": data}, **asked)
        held = truth(tree, {"data": data}, **asked)
    except ExpressionError:
        return
    assert isinstance(value, str | float | bool | list)
    assert isinstance(held, bool)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        EXPRESSIONS.flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at])),
    )
)
def test_any_text_parses_or_is_refused_with_a_column_inside_it(text):
    try:
        tree = parse(text, paths=KNOWN, boolean=True)
    except ExpressionError as refusal:
        assert refusal.message
        assert 1 <= refusal.column <= len(text) + 1
    else:
        assert json.loads(json.dumps(tree)) == tree


def test_one_instant_in_two_zones_is_two_days():
    tree = parse("format-date(now(), '%d %H')", paths={})
    moments = [
        datetime.fromisoformat("2026-11-23T01:00:00+07:00"),
        datetime.fromisoformat("2026-11-22T18:00:00+00:00"),
    ]
    today = NOW.date()
    assert [evaluate(tree, {"data": {}}, now=now, today=today) for now in moments] == ["23 01", "22 18"]
