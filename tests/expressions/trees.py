"""Prints the trees of all recorded cases, parsed by Python, for the phone's evaluator: `python -m tests.expressions.trees`."""

import json
import sys
from pathlib import Path

from inspect_app.domain.expressions import parse

from .record import paths_of

HERE = Path(__file__).parent


def trees() -> list[list[object]]:
    table = json.loads((HERE / "cases.json").read_text("utf-8"))
    shapes = json.loads((HERE / "inputs.json").read_text("utf-8"))["shapes"]
    paths = {name: paths_of(instance, shapes) for name, instance in table["instances"].items()}
    return [parse(case["expression"], paths=paths[case["instance"]]) for case in table["cases"]]


if __name__ == "__main__":
    json.dump(trees(), sys.stdout)
