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


