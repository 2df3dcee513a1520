"""Records what JavaRosa, the engine inside ODK Collect, answers to inputs.json, and writes it to cases.json.

Run it with a JDK (11 or newer) on the path: `.venv/bin/python tests/expressions/record.py`. The same inputs give the
same bytes. JavaRosa comes with pyxform (the ODK Validate jar); no other download is needed.
"""

import json
import re
import subprocess
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pyxform

HERE = Path(__file__).parent
JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(rf"{DAY.pattern}T.*")
HEAD = """<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>t</h:title><model><instance>%s</instance>%s%s</model></h:head>
<h:body>%s</h:body></h:html>"""


def main() -> None:
    inputs = json.loads((HERE / "inputs.json").read_text("utf-8"))
    cases = inputs["cases"]
    forms = []
    order = []
    for name, instance in inputs["instances"].items():
        mine = [case for case in cases if case.get("instance", "plain") == name]
        order += mine
        forms.append(
            {
                "xml": xform(instance, inputs["choices"], inputs["shapes"]),
                "cases": [
                    {
                        "expression": written(case["expression"], paths_of(instance, inputs["shapes"])),
                        "context": context_of(case.get("context", "/data")),
                    }
                    for case in mine
                ],
            }
        )
    answer = subprocess.run(
        ["java", "-cp", str(JAR), str(HERE / "Record.java")],
        input=json.dumps({"now": inputs["now"], "forms": forms}).encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    results = [result for form in json.loads(answer) for result in form]
    expected = {id(case): result for case, result in zip(order, results, strict=True)}
    table = {
        "meta": {
            "origin": f"JavaRosa {version()} in ODK_Validate.jar of pyxform {pyxform.__version__}, zone UTC+7",
            "how": "python tests/expressions/record.py with a JDK on the path; edit inputs.json, never this file",
            "types": "number (NaN, Infinity as text), string, boolean, date (its day), nodes (a path), error (raises)",
        },
        "now": inputs["now"],
        "instances": inputs["instances"],
        "choices": inputs["choices"],
    }
    lines = [
        line(
            {
                "topic": case["topic"],
                "expression": case["expression"],
                "instance": case.get("instance", "plain"),
                "context": case.get("context", "/data"),
                "expected": tidy(expected[id(case)]),
            }
        )
        for case in cases
    ]
    head = json.dumps(table, ensure_ascii=False, indent=1)[:-2]
    body = f'{head},\n "cases": [\n' + ",\n".join(f"  {text}" for text in lines) + "\n ]\n}\n"
    (HERE / "cases.json").write_text(body, "utf-8")
    print(f"{len(cases)} cases")


def line(case: object) -> str:
    return json.dumps(case, ensure_ascii=False)


def tidy(result: object) -> object:
    """Whole doubles as integers, so that the file reads well."""
    if isinstance(result, dict):
        return {key: tidy(value) for key, value in result.items()}
    if isinstance(result, list):
        return [tidy(value) for value in result]
    if isinstance(result, float) and result.is_integer() and abs(result) < 1e15:
        return int(result)
    return result


def version() -> str:
    with zipfile.ZipFile(JAR) as jar:
        text = jar.read("META-INF/maven/org.getodk/javarosa/pom.properties").decode()
    return re.search(r"version=(\S+)", text)[1]


def paths_of(instance: dict, shapes: dict) -> dict[str, str]:
    """Name to absolute path of every node; `shapes` names the fields of repeats that may be empty."""
    found = {}

    def visit(content: object, path: str) -> None:
        found[path.rpartition("/")[2]] = path
        for item in content if isinstance(content, list) else [content]:
            if isinstance(item, dict):
                for name, child in item.items():
                    visit(child, f"{path}/{name}")

    for name, content in instance.items():
        visit(content, f"/{name}")
    for path, names in shapes.items():
        if path.rpartition("/")[2] in found:
            found.update({name: f"{path}/{name}" for name in names})
    return found


def written(expression: str, paths: dict[str, str]) -> str:
    """${name} as pyxform writes it, and the clock as Record.java knows it."""
    plain = re.sub(r"'\s*\$\{(\w+)\}\s*'", lambda name: f"'{paths[name[1]]}'", expression)
    plain = re.sub(r"\$\{(\w+)\}", lambda name: f" {paths[name[1]]} ", plain)
    return re.sub(r"\b(now|today)\(\)", r"fixed-\1()", plain)


def context_of(path: str) -> list[list[object]]:
    steps = [re.fullmatch(r"(\w+)(?:\[(\d+)\])?", step) for step in path.strip("/").split("/")]
    return [[step[1], int(step[2] or 1) - 1] for step in steps]


def xform(instance: dict, choices: dict, shapes: dict) -> str:
    types: dict[str, set[str]] = {}
    repeats: list[str] = []
    data = element("data", instance["data"], "/data", types, repeats, shapes)
    data = data.replace("<data>", '<data id="t"><uses/>', 1)
    uses = " + ".join(f"count(instance('{name}')/root/item)" for name in choices if not name.startswith("/"))
    binds = f'<bind nodeset="/data/uses" calculate="{uses}"/>'  # JavaRosa drops a list that no bind uses
    binds += "".join(f'<bind nodeset="{path}" type="{one_type(found)}"/>' for path, found in types.items())
    lists = "".join(secondary(name, rows) for name, rows in choices.items() if not name.startswith("/"))
    selects = "".join(select(path, rows) for path, rows in choices.items() if path in types)
    return HEAD % (data, lists, binds, selects + nested(repeats, types, set(choices)))


def element(name: str, content: object, path: str, types: dict, repeats: list, shapes: dict) -> str:
    if isinstance(content, list):
        if path not in repeats:
            repeats.append(path)
        if not content:
            fields = "".join(f"<{field}/>" for field in shapes[path])
            return f'<{name} jr:template="">{fields}</{name}>'
        return "".join(element(name, item, path, types, repeats, shapes) for item in content)
    if isinstance(content, dict):
        inner = "".join(
            element(child, value, f"{path}/{child}", types, repeats, shapes)
            for child, value in content.items()
        )
        return f"<{name}>{inner}</{name}>"
    types.setdefault(path, set()).add(type_of(content))
    return f"<{name}>{escape(str(content))}</{name}>"


def type_of(content: object) -> str:
    if isinstance(content, int):
        return "int"
    if isinstance(content, float):
        return "decimal"
    text = str(content)
    return (
        ""
        if not text
        else "date"
        if DAY.fullmatch(text)
        else "dateTime"
        if TIME.fullmatch(text)
        else "string"
    )


def one_type(found: set[str]) -> str:
    kinds = found - {""}
    return kinds.pop() if len(kinds) == 1 else "decimal" if kinds == {"int", "decimal"} else "string"


def secondary(name: str, rows: list[dict]) -> str:
    items = "".join(
        "<item>" + "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in row.items()) + "</item>"
        for row in rows
    )
    return f"<instance id={quoteattr(name)}><root>{items}</root></instance>"


def select(path: str, rows: list[dict]) -> str:
    items = "".join(
        f"<item><label>{escape(row['label'])}</label><value>{escape(row['name'])}</value></item>"
        for row in rows
    )
    return f'<select1 ref="{path}"><label>t</label>{items}</select1>'


def nested(repeats: list[str], types: dict, done: set[str]) -> str:
    """The controls of the repeats, each inside its outer one."""

    def control(path: str) -> str:
        inner = "".join(control(child) for child in repeats if outer(child) == path)
        fields = "".join(
            f'<input ref="{leaf}"><label>t</label></input>'
            for leaf in types
            if outer(leaf) == path and leaf not in done
        )
        return (
            f'<group ref="{path}"><label>t</label><repeat nodeset="{path}">{fields}{inner}</repeat></group>'
        )

    def outer(path: str) -> str:
        return max((other for other in repeats if path.startswith(f"{other}/")), key=len, default="")

    return "".join(control(path) for path in repeats if not outer(path))


if __name__ == "__main__":
    main()
