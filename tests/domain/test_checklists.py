"""The typed view of a compiled checklist: which names, which criteria on which day and at which level of office."""

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from inspect_app.domain.checklists import Checklist, Criterion
from inspect_app.domain.problems import NotFound

REFORM = date(2025, 7, 1)


def when_fails(section: str, name: str) -> list[Any]:
    return ["op", "=", ["p", "/", ["data"], [section], [f"{name}_g"], [name]], ["s", "fail"]]


def plain(section: str, name: str, kind: str = "integer", **changes: Any) -> dict[str, Any]:
    row = {
        "kind": kind, "name": name, "label": name, "hint": "", "relevant": None, "required": False, "constraint": None,
        "constraint_message": None, "choices": [], "appearance": None, "path": f"/data/{section}/{name}",
    }  # fmt: skip
    return row | changes


def criterion(section: str, name: str, **changes: Any) -> dict[str, Any]:
    row = plain(section, name, "criterion", path=f"/data/{section}/{name}_g/{name}") | {
        "code": name.upper().replace("_", "-"), "group": name[:2].upper(), "level": ["district", "commune"],
        "legal_basis": ["bpmc.tru_so"], "severity": 2, "numerator": None, "denominator": None, "photo": "Y",
        "core": False, "valid_from": None, "valid_to": None,
    }  # fmt: skip
    return row | changes


DOCUMENT: dict[str, Any] = {
    "format": 1, "key": "thu", "version": "1", "title": "Thử", "title_en": None, "level": ["district", "commune"],
    "kinds": ["surprise"], "valid_from": "2020-12-01", "valid_to": None,
    "sections": [
        {"name": "a", "label": "A", "hint": "", "relevant": None, "questions": [
            criterion("a", "ns_01", core=True, numerator="Số vắng", denominator="Số phải trực"),
            criterion("a", "ns_03", level=["commune"], photo="-", severity=None),
            plain("a", "ns_03_days", relevant=when_fails("a", "ns_03")),
            criterion("a", "ts_02", level=["district"], valid_to="2025-07-01"),
            plain("a", "either", relevant=["op", "or", when_fails("a", "ns_03"), when_fails("a", "ns_01")]),
            plain("a", "hello", "note"),
            plain("a", "colour", "select_one", choices=[{"name": "do", "label": "Đỏ"}]),
        ]},
        {"name": "b", "label": "B", "hint": "", "relevant": None, "questions": [
            criterion("b", "ts_06", level=["commune"], valid_from="2025-07-01"),
        ]},
    ],
}  # fmt: skip


@pytest.fixture
def checklist() -> Checklist:
    return Checklist.from_json(copy.deepcopy(DOCUMENT))


def codes(criteria: tuple[Criterion, ...]) -> list[str]:
    return [criterion.code for criterion in criteria]


def test_a_document_comes_back_as_it_was_read(checklist):
    assert checklist.to_json() == DOCUMENT


def test_a_format_of_another_program_is_refused():
    with pytest.raises(ValueError, match="format"):
        Checklist.from_json(DOCUMENT | {"format": 2})


def test_every_answer_name_has_its_kind_and_notes_have_none(checklist):
    names = checklist.field_names()
    assert {name: kind for name, kind in names.items() if name.startswith("ns_01")} == {
        "ns_01": "criterion", "ns_01_note": "text", "ns_01_n": "integer", "ns_01_of": "integer",
        "ns_01_severity": "severity", "ns_01_cause": "cause", "ns_01_responsible": "text",
    }  # fmt: skip
    assert "hello" not in names and names["colour"] == "select_one" and names["ns_03_days"] == "integer"


def test_shares_are_asked_only_with_both_labels(checklist):
    assert {name for name in checklist.fields if name.endswith(("_n", "_of"))} == {"ns_01_n", "ns_01_of"}
    half = replace(checklist.criterion("ns_01"), denominator=None)
    assert not half.counted and "ns_01_n" not in {field.name for field in half.fields()}


def test_follow_ups_lie_beside_the_outcome_and_name_their_question(checklist):
    field = checklist.fields["ns_01_note"]
    assert (field.path, field.question) == ("/data/a/ns_01_g/ns_01_note", "ns_01")


def test_photos_are_taken_where_the_rule_allows(checklist):
    assert checklist.photo_names() == {"ns_01_photo": "ns_01", "ts_02_photo": "ts_02", "ts_06_photo": "ts_06"}


@pytest.mark.parametrize(
    ("day", "level", "asked"),
    [
        (date(2025, 6, 30), None, ["NS-01", "NS-03", "TS-02"]),
        (REFORM, None, ["NS-01", "NS-03", "TS-06"]),
        (date(2025, 6, 30), "district", ["NS-01", "TS-02"]),
        (date(2025, 6, 30), "commune", ["NS-01", "NS-03"]),
        (REFORM, "commune", ["NS-01", "NS-03", "TS-06"]),
    ],
)
def test_a_criterion_is_asked_from_its_first_day_until_the_day_before_its_end(checklist, day, level, asked):
    assert codes(checklist.criteria_on(day, level)) == asked


def test_core_criteria_are_those_flagged(checklist):
    assert codes(checklist.core_criteria) == ["NS-01"]


def test_a_visit_leaves_out_what_is_not_asked_with_the_rows_that_hang_on_it(checklist):
    visit = checklist.for_visit("district", date(2025, 6, 30))
    assert [question.name for question in visit.questions] == ["ns_01", "ts_02", "either", "hello", "colour"]
    assert "ns_03_note" not in visit.fields


def test_a_visit_loses_a_section_in_which_nothing_is_left(checklist):
    assert [section.name for section in checklist.for_visit("commune", date(2025, 6, 30)).sections] == ["a"]
    assert [section.name for section in checklist.for_visit("commune", REFORM).sections] == ["a", "b"]


def test_a_plain_row_is_shown_under_the_criterion_that_decides_it(checklist):
    shown = {q.name: c.code for q in checklist.questions if (c := checklist.followed(q))}
    assert shown == {"ns_03_days": "NS-03", "either": "NS-03"}


def test_a_question_is_found_by_name_or_said_to_be_missing(checklist):
    assert checklist.question("colour").choices[0].label == "Đỏ"
    assert checklist.find_question("nothing") is None
    with pytest.raises(NotFound, match="nothing"):
        checklist.question("nothing")
    with pytest.raises(NotFound, match="colour"):
        checklist.criterion("colour")
