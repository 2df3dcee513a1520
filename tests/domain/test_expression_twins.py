"""The phone's evaluator (static/js/expressions.js, run by node) against JavaRosa's table and against Python's evaluator."""

import json
import math
import shutil
import subprocess
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from inspect_app.domain.expressions import ExpressionError, evaluate, parse
from tests.domain.test_expressions import CHOICES, EXPRESSIONS, INSTANCES, KNOWN, NOW
from tests.expressions.trees import trees

HOUSE = Path(__file__).resolve().parent.parent.parent
CONTEXTS = st.sampled_from(["/data", "/data/a", "/data/rep[1]/x", "/data/rep[2]/x", "/data/rep/x"])


def node() -> str:
    found = shutil.which("node")
    assert found, "node is needed to test the phone's evaluator"
    return found


def test_the_phone_answers_every_case_as_javarosa_did(tmp_path):
    written = tmp_path / "trees.json"
    written.write_text(json.dumps(trees()), "utf-8")
    done = subprocess.run(
        [node(), "--test", "--test-reporter=tap", str(HOUSE / "tests" / "js" / "expressions.test.mjs")],
        env={"PATH": str(Path(node()).parent), "EXPRESSION_TREES": str(written)},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    assert done.returncode == 0, failed or done.stderr
    assert int(done.stdout.partition("# pass ")[2].split()[0]) > len(trees())


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(st.lists(st.tuples(EXPRESSIONS, INSTANCES, CONTEXTS), min_size=10, max_size=40))
def test_both_twins_give_the_same_value_or_both_none(drawn):
    asked = []
    for text, data, context in drawn:
        try:
            asked.append({"tree": parse(text, paths=KNOWN), "data": data, "context": context, "text": text})
        except ExpressionError:
            continue
    for one, theirs in zip(asked, on_the_phone(asked), strict=True):
        assert same(in_python(one), theirs), (one, in_python(one), theirs)


def in_python(one):
    try:
        value = evaluate(
            one["tree"],
            {"data": one["data"]},
            context=one["context"],
            now=NOW,
            today=NOW.date(),
            choices=CHOICES,
        )
    except ExpressionError:
        return {"error": True}
    return {"value": [plain(item) for item in value] if isinstance(value, list) else plain(value)}


def plain(value):
    """As JSON of JavaScript can carry it."""
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return str(value).replace("inf", "Infinity").replace("nan", "NaN")
    return value


def same(ours, theirs):
    """Equal, numbers to within the last digit (pow differs there between the two mathematics libraries)."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=1e-14, abs_tol=0)
    return ours == theirs


SCRIPT = """
import { ExpressionError, evaluate } from %(module)s;
const { now, today, choices, asked } = JSON.parse((await import("node:fs")).readFileSync(0, "utf8"));
const plain = (value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const answers = asked.map(({ tree, data, context }) => {
  try {
    const value = evaluate(tree, { data }, { context, now, today, choices });
    return { value: Array.isArray(value) ? value.map(plain) : plain(value) };
  } catch (error) {
    if (error instanceof ExpressionError) return { error: true };
    return { broken: String(error.stack) };
  }
});
process.stdout.write(JSON.stringify(answers));
"""


def on_the_phone(asked):
    module = json.dumps((HOUSE / "static" / "js" / "expressions.js").as_uri())
    work = {"now": NOW.isoformat(), "today": NOW.date().isoformat(), "choices": CHOICES, "asked": asked}
    done = subprocess.run(
        [node(), "--input-type=module", "-e", SCRIPT % {"module": module}],
        input=json.dumps(work).encode(),
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)
