"""Compiling a checklist: the three of forms/, the names of a criterion, xlsx beside Markdown, stable bytes."""

import csv
import io
import json
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

from inspect_app.domain.checklists import Checklist
from inspect_app.exchange.criterion_rows import names_of
from inspect_app.exchange.xlsform import Compiled, compile_checklist
from inspect_app.exchange.xlsform_faults import FaultBook
from inspect_app.exchange.xlsform_sheets import Row, read_sheets

ROOT = Path(__file__).parents[2]
LAW = ROOT / "inspect_app" / "data" / "law.csv"
SOURCES = sorted(ROOT.glob("forms/*/*.md"))
BEFORE, AFTER = date(2021, 3, 1), date(2026, 3, 1)

FOLLOW_UPS = ("", "_note", "_n", "_of", "_severity", "_cause", "_responsible", "_photos", "_photo")


def law_rows() -> list[dict[str, str]]:
    with LAW.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LAW_KEYS = {row["key"] for row in law_rows()}


def law_on(day: date) -> set[str]:
    return {
        row["key"]
        for row in law_rows()
        if row["valid_from"] <= day.isoformat() and (not row["valid_to"] or day.isoformat() < row["valid_to"])
    }


def compiled(key: str) -> Compiled:
    path = ROOT / "forms" / key / "2020.1.md"
    return compile_checklist(path.read_bytes(), path.name, law_keys=LAW_KEYS)


def checklist(key: str) -> Checklist:
    return Checklist.from_json(json.loads(json.dumps(compiled(key).document)))


def instance_of(xform: bytes) -> dict[str, ElementTree.Element]:
    """Nodes of the primary instance by name; a repeat's template counts once."""
    root = ElementTree.fromstring(xform)
    instance = next(node for node in root.iter() if node.tag.endswith("}instance"))
    return {node.tag.rpartition("}")[2]: node for node in instance[0].iter()}


@pytest.mark.parametrize(
    ("key", "level", "day", "asked"),
    [
        ("cap-huyen", "district", BEFORE, 65),
        ("cap-xa", "commune", BEFORE, 63),
        ("cap-xa", "commune", date(2025, 6, 30), 63),
        ("cap-xa", "commune", date(2025, 7, 1), 64),
        ("cap-xa", "commune", AFTER, 64),
        ("dot-xuat", "commune", BEFORE, 26),
        ("dot-xuat", "district", BEFORE, 25),
        ("dot-xuat", "commune", AFTER, 26),
    ],
)
def test_each_checklist_asks_as_many_criteria_as_the_catalogue_has(key, level, day, asked):
    assert len(checklist(key).for_visit(level, day).criteria) == asked


def test_the_surprise_checklist_is_exactly_the_core_of_the_other_two():
    surprise = {criterion.code for criterion in checklist("dot-xuat").criteria}
    assert {c.code for c in checklist("cap-xa").core_criteria} == surprise
    assert {c.code for c in checklist("cap-huyen").core_criteria} == surprise - {"NS-03"}


@pytest.mark.parametrize("other", ["cap-huyen", "dot-xuat"])
def test_a_criterion_reads_the_same_in_every_checklist(other):
    known = {c.code: c for c in checklist("cap-xa").criteria}
    for criterion in checklist(other).criteria:
        if criterion.code in known:
            assert criterion == known[criterion.code]


def test_the_sections_follow_the_walk_through_the_office():
    names = [section.name for section in checklist("cap-xa").sections]
    walk = [
        "arrival",
        "waiting",
        "counter",
        "intake",
        "processing",
        "results",
        "system",
        "feedback",
        "management",
    ]
    assert names == [*walk, "closing"]


@pytest.mark.parametrize("key", ["cap-huyen", "cap-xa", "dot-xuat"])
def test_every_checklist_closes_with_who_took_part_and_the_units_own_words(key):
    closing = checklist(key).sections[-1]
    assert {q.name: q.kind for q in closing.questions} == {
        "participants": "text", "site": "text", "unit_opinion": "text", "good_practice": "text",
    }  # fmt: skip


@pytest.mark.parametrize("day", [BEFORE, AFTER])
@pytest.mark.parametrize("key", ["cap-huyen", "cap-xa", "dot-xuat"])
def test_every_legal_basis_has_a_text_on_the_day(key, day):
    wanted = {law for criterion in checklist(key).criteria_on(day) for law in criterion.legal_basis}
    assert wanted and wanted <= law_on(day)


def test_law_rows_of_a_key_never_overlap_and_hold_no_marks_for_the_editor():
    ends: dict[str, str] = {}
    for row in sorted(law_rows(), key=lambda row: (row["key"], row["valid_from"])):
        assert ends.get(row["key"], "0") not in ("",), row
        assert row["valid_from"] >= ends.get(row["key"], "0"), row
        assert not row["valid_to"] or row["valid_from"] < row["valid_to"], row
        assert "đối chiếu" not in row["text"] and "cần KSTTHC" not in row["text"], row
        ends[row["key"]] = row["valid_to"]


def test_only_shares_have_both_labels_and_other_counts_are_plain_rows():
    commune = checklist("cap-xa")
    plain = {"ns_02": ["ns_02_minutes"], "dt_01": ["dt_01_system", "dt_01_register", "dt_01_actual"],
             "tk_03": ["tk_03_cases", "tk_03_amount"]}  # fmt: skip
    for name, rows in plain.items():
        assert not commune.criterion(name).counted
        followers = [q.name for q in commune.questions if (c := commune.followed(q)) and c.name == name]
        assert followers == rows
    assert commune.criterion("gq_03").counted


def test_satisfaction_of_people_waiting_never_has_a_severity():
    assert [c.code for c in checklist("cap-xa").criteria if c.severity is None] == ["PA-05"]


@pytest.mark.parametrize("key", ["cap-huyen", "cap-xa", "dot-xuat"])
def test_the_xform_has_the_names_of_the_contract_for_every_criterion(key):
    result = compiled(key)
    nodes = instance_of(result.xform)
    for criterion in checklist(key).criteria:
        group = nodes[f"{criterion.name}_g"]
        found = {node.tag.rpartition("}")[2] for node in group.iter()} - {f"{criterion.name}_g"}
        left_out = {"_n", "_of"} if not criterion.counted else set()
        left_out |= {"_photos", "_photo"} if not criterion.takes_photos else set()
        assert found == {f"{criterion.name}{suffix}" for suffix in FOLLOW_UPS if suffix not in left_out}
        assert nodes[criterion.name].text == "unchecked"


@pytest.mark.parametrize("key", ["cap-huyen", "cap-xa", "dot-xuat"])
def test_the_answers_names_and_paths_are_those_of_the_xform(key):
    result = compiled(key)
    root = ElementTree.fromstring(result.xform)
    bound = {node.get("nodeset") for node in root.iter() if node.tag.endswith("}bind")}
    fields = checklist(key).fields
    assert {field.path for field in fields.values()} <= bound
    assert all(field.path.endswith(f"/{name}") for name, field in fields.items())


@pytest.mark.parametrize("key", ["cap-huyen", "cap-xa", "dot-xuat"])
def test_the_xform_is_accepted_by_odk_validate_or_at_least_well_formed(key, tmp_path):
    xform = compiled(key).xform
    assert ElementTree.fromstring(xform).tag.endswith("html")
    java = shutil.which("java")
    if java is None:
        return  # without Java the well-formedness above is all that can be known
    path = tmp_path / "form.xml"
    path.write_bytes(xform)
    run = subprocess.run(
        [java, "-Djava.awt.headless=true", "-jar", ODK_VALIDATE_PATH, str(path)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0 and "Xform is valid" in run.stdout + run.stderr, run.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_same_source_gives_the_same_bytes(path):
    first, second = (compile_checklist(path.read_bytes(), path.name, law_keys=LAW_KEYS) for _ in range(2))
    assert first.xform == second.xform
    assert json.dumps(first.document) == json.dumps(second.document)
    assert first.warnings == []
    assert (first.key, first.version) == (path.parent.name, path.stem)


def test_another_process_gives_the_same_bytes_whatever_its_hash_seed():
    code = (
        "import hashlib,json,pathlib;from inspect_app.exchange.xlsform import compile_checklist as c;"
        "r=c(pathlib.Path('forms/dot-xuat/2020.1.md').read_bytes(),'a.md',law_keys=None);"
        "print(hashlib.sha256(r.xform+json.dumps(r.document).encode()).hexdigest())"
    )
    import sys

    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout != ""


def as_xlsx(source: bytes) -> bytes:
    """The same sheets as a workbook, dates and numbers as Excel would keep them."""
    faults = FaultBook()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, sheet in read_sheets(source, "a.md", faults).items():
        page = book.create_sheet(name)
        page.append(list(sheet.columns))
        for row in sheet.rows:
            page.append([_cell(column, row[column]) for column in sheet.columns])
    assert not len(faults)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(column: str, text: str) -> object:
    if column in ("valid_from", "valid_to") and text:
        return datetime.fromisoformat(text)
    return int(text) if column == "severity" and text else text or None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parent.name)
def test_a_workbook_compiles_to_the_same_form_as_markdown(path):
    source = path.read_bytes()
    markdown = compile_checklist(source, path.name, law_keys=LAW_KEYS)
    workbook = compile_checklist(as_xlsx(source), "form.xlsx", law_keys=LAW_KEYS)
    assert workbook.document == markdown.document
    assert workbook.xform == markdown.xform


def test_a_criterion_without_labels_and_photos_brings_only_the_names_that_are_asked():
    row = Row(
        "survey", 3, {"type": "criterion", "name": "ns_09", "code": "NS-09", "severity": "2", "photo": "-"}
    )
    assert list(names_of(row)) == [
        f"ns_09{end}" for end in ("_g", "", "_note", "_severity", "_cause", "_responsible")
    ]
    assert names_of(row)["ns_09_note"] == "ns_09_g/ns_09_note"


def test_accents_written_apart_are_joined_before_they_are_stored():
    import unicodedata

    path = ROOT / "forms" / "dot-xuat" / "2020.1.md"
    apart = unicodedata.normalize("NFD", path.read_text(encoding="utf-8")).encode()
    assert compile_checklist(apart, path.name, law_keys=LAW_KEYS).document == compiled("dot-xuat").document
