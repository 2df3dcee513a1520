"""The checklist page and its reader: what the compiled checklist becomes on the page, and what a post becomes."""

import json
import re
import uuid
from collections import Counter
from datetime import date, datetime
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from inspect_app.domain.answers import Fault, judge
from inspect_app.domain.checklists import Checklist
from inspect_app.exchange.xlsform import compile_checklist
from inspect_app.storage.inspections import InspectionRow
from inspect_app.storage.submissions import PhotoRow
from inspect_app.storage.units import UnitRow
from inspect_app.web.checklist_conditions import outcomes_asking
from inspect_app.web.checklist_page import form_context
from inspect_app.web.checklist_reader import PostedChecklist, read_post
from inspect_app.web.checklist_views import CriterionView, RowView
from inspect_app.web.work_page import readable_size
from tests.doors import Doors
from tests.servers import ROOT

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@cache
def checklist(key: str = "cap-xa") -> Checklist:
    source = (ROOT / "forms" / key / "2020.1.md").read_bytes()
    compiled = compile_checklist(source, "2020.1.md", law_keys=None)
    return Checklist.from_json(compiled.document).for_visit("commune", date(2026, 11, 22))


def visit(**more: Any) -> InspectionRow:
    unit = UnitRow(kind="xã", name="Ngọk Réo", level="commune")
    return InspectionRow(id=str(uuid.uuid4()), unit=unit, **more)


def shown(key: str = "cap-xa", **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "inspection": visit(), "answers": {}, "photos": [], "faults": [], "returned_comments": {}, "laws": {},
        "bodies": [], "show_all": False, "submission_id": str(uuid.uuid4()), "replaces": None, "now": NOW,
    }  # fmt: skip
    return form_context(checklist(key), **given | more)


def item(context: dict[str, Any], name: str) -> Any:
    rows = [row for section in context["sections"] for row in section.items]
    rows += [inner for row in rows if isinstance(row, CriterionView) for inner in row.rows]
    return next(row for row in rows if row.name == name)


def test_the_page_bears_the_day_of_its_visit_and_today_until_it_began() -> None:
    day = date(2026, 11, 17)
    assert shown(inspection=visit(state="returned", day=day))["day"] == day
    assert shown(inspection=visit(state="planned", day=date(2026, 11, 25)))["day"] == NOW.date()


def test_law_that_two_keys_share_is_told_once() -> None:
    keys = next(row for row in checklist().criteria if len(row.legal_basis) > 1).legal_basis
    name = next(row.name for row in checklist().criteria if row.legal_basis == keys)
    laws = dict.fromkeys(keys, "Nghị định số 118/2025/NĐ-CP")
    assert item(shown(laws=laws), name).law == ["Nghị định số 118/2025/NĐ-CP"]


def test_every_question_stands_on_the_page_once_and_plain_rows_stand_under_their_criterion() -> None:
    context = shown()
    on_page = [row.name for section in context["sections"] for row in section.items]
    nested = [
        inner.name
        for section in context["sections"]
        for row in section.items
        if isinstance(row, CriterionView)
        for inner in row.rows
    ]
    assert Counter(on_page + nested) == Counter(question.name for question in checklist().questions)
    assert [row.name for row in item(context, "gq_08").rows] == ["gq_08_late", "gq_08_by_unit"]
    assert isinstance(item(context, "participants"), RowView) and "participants" in on_page


def test_a_row_that_one_outcome_decides_is_shown_by_css_under_that_outcome() -> None:
    assert item(shown(), "ns_02_minutes").when == "when-fail"
    assert item(shown(), "pa_05_asked").when == "when-pass when-fail"
    two = ["op", "and", ["op", "=", path("ny_01"), ["s", "fail"]], ["op", "=", path("ny_02"), ["s", "fail"]]]
    assert outcomes_asking(two, "/data/waiting/ny_01_g/ny_01") is None, "two questions decide: script only"


def path(name: str) -> list[Any]:
    return ["p", "/", ["data"], ["waiting"], [f"{name}_g"], [name]]


def test_progress_counts_core_criteria_those_answered_and_all_when_asked() -> None:
    assert (shown()["done"], shown()["total"]) == (0, 26)
    assert shown(show_all=True)["total"] == 64
    answers = {"ns_02": "pass", "ts_06": "fail", "ny_01": "unchecked", "ny_04_severity": "2"}
    context = shown(answers=answers)
    assert (context["done"], context["total"], context["failed"]) == (2, 27, 1)
    assert context["next_gap"] == "ts_01"
    assert item(context, "ts_06").kept and not item(context, "ny_04").kept, "a preset severity is no answer"
    arrival = context["sections"][0]
    assert (arrival.done, arrival.total) == (2, 4)


def test_a_section_without_core_criteria_hides_as_a_whole_until_one_holds_something() -> None:
    document = checklist("dot-xuat").to_json()
    for question in document["sections"][0]["questions"]:
        question["core"] = False
    plain = Checklist.from_json(document)
    given: dict[str, Any] = {
        "inspection": InspectionRow(id="x", unit=UnitRow(kind="xã", name="Ngọk Réo")), "photos": [], "faults": [],
        "returned_comments": {}, "laws": {}, "bodies": [], "show_all": False, "submission_id": "", "replaces": None,
        "now": NOW,
    }  # fmt: skip
    assert form_context(plain, answers={}, **given)["sections"][0].extra_only
    assert not form_context(plain, answers={"ns_02": "none"}, **given)["sections"][0].extra_only


def test_typed_and_stored_values_come_back_as_a_person_writes_them() -> None:
    context = shown(answers={"dt_04": "fail", "dt_04_online": 12.5, "dt_04_payment": "12,5", "ny_02_n": 7})
    assert item(context, "dt_04_online").value == item(context, "dt_04_payment").value == "12,5"
    assert item(context, "ny_02").n == "7"
    assert item(context, "ny_02").severity == "2", "the proposed one, until another is chosen"
    assert item(shown(answers={"ny_02_severity": "4"}), "ny_02").severity == "4"


def test_faults_are_listed_in_the_order_of_the_page_and_the_first_one_gets_the_focus() -> None:
    faults = [
        Fault("ts_01_photo", "Tệp rỗng."),
        Fault("gq_08_late", "Hãy ghi một số."),
        Fault("ns_02", "Câu này bắt buộc trả lời."),
        Fault("ns_99", "Biểu mẫu này không có câu hỏi này."),
        Fault("ns_07_photo", "Tệp hỏng."),
    ]
    context = shown(faults=faults)
    assert [anchor for anchor, _ in context["faults"]] == [
        "ns_02", "ts_01_photo", "ns_07", "gq_08_late", "main",
    ]  # fmt: skip
    assert context["faults"][0][1] == "NS-02: Câu này bắt buộc trả lời."
    assert (item(context, "ns_02").focus, item(context, "ts_01").focus) == ("outcome", "")
    assert item(shown(faults=faults[:2]), "ts_01").focus == "photo"
    assert item(context, "ts_01").opened and item(context, "ts_01").faults == {"photo": "Tệp rỗng."}


def test_a_reviewers_comment_keeps_its_criterion_in_sight() -> None:
    context = shown(returned_comments={"": "Sớm nhé.", "ny_04": "Ghi rõ."})
    assert context["general_comment"] == "Sớm nhé."
    assert [name for name, *_ in context["comments"]] == ["ny_04"]
    assert item(context, "ny_04").kept and item(context, "ny_04").opened


def test_stored_photos_stand_at_their_question() -> None:
    photo = PhotoRow(id="p1", question="ny_02", name="IMG_1.jpg", size=1_240_000, state="damaged")
    found = item(shown(photos=[photo]), "ny_02").photos
    assert [(view.id, view.size, view.state) for view in found] == [("p1", "1,2 MB", "damaged")]
    assert item(shown(), "ns_07").photo_rule == "", "no photos of people being questioned"
    assert (readable_size(0), readable_size(284_400)) == ("1 kB", "284 kB")


def test_the_script_gets_every_path_its_conditions_look_at() -> None:
    conditions = shown()["conditions"]
    text = json.dumps(conditions["rows"])
    assert conditions["paths"]["ns_01_n"].endswith("/ns_01_g/ns_01_n"), "a constraint looks at it"
    assert "ns_01_note" not in conditions["paths"] and '"stub"' not in text
    assert {row["name"] for row in conditions["rows"]} >= {"ns_02_minutes", "pa_05_satisfied"}


# The reader


def read(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]] = ()) -> PostedChecklist:  # type: ignore[assignment]
    stored = [(name, FileStorage(BytesIO(data), filename, name)) for name, filename, data in files]
    return read_post(MultiDict(fields), MultiDict(stored), checklist())


def test_text_is_composed_and_empty_answers_are_left_out() -> None:
    decomposed = "Đu\u031b\u0301c\r\nPho\u0302\u0309"
    post = read([("ny_01", "fail"), ("ny_01_note", decomposed), ("ny_01_cause", ""), ("site", "  ")])
    assert post.answers == {"ny_01": "fail", "ny_01_note": "Đức\nPhổ"}


def test_the_envelope_is_no_answer_and_an_unknown_name_is_not_dropped_in_silence() -> None:
    one = str(uuid.uuid4())
    fields = [
        ("csrf_token", "t"), ("submission_id", one.upper()), ("replaces", ""), ("action", "send"), ("show", "all"),
        ("remove_photo", one), ("remove_photo", "no id"), ("ny_99", "fail"),
    ]  # fmt: skip
    post = read(fields)
    assert (post.submission_id, post.replaces, post.action, post.show_all) == (one, None, "send", True)
    assert post.removed == [one]
    assert post.answers == {"ny_99": "fail"}
    _, faults = judge(checklist(), post.answers, now=NOW)
    assert [fault.question for fault in faults] == ["ny_99"]


def test_only_a_clear_send_sends() -> None:
    assert [read([("action", word)]).action for word in ("send", "save", "Send", "")] == [
        "send", "save", "save", "save",
    ]  # fmt: skip


def test_a_decimal_comma_passes_through_reader_and_judge() -> None:
    post = read([("dt_04", "pass"), ("dt_04_online", "12,5"), ("pa_05", "pass"), ("pa_05_asked", "1.200")])
    clean, faults = judge(checklist(), post.answers, now=NOW)
    assert not faults and (clean["dt_04_online"], clean["pa_05_asked"]) == (12.5, 1200)


def test_several_files_of_one_input_come_in_order_and_unused_inputs_do_not_come() -> None:
    files = [("ny_01_photo", "a.jpg", b"1"), ("ny_02_photo", "", b""), ("ny_01_photo", "b.jpg", b"")]
    found = read([], files).files
    assert [(file.question, file.name) for file in found] == [("ny_01", "a.jpg"), ("ny_01", "b.jpg")]


# The page as served


class Page(HTMLParser):
    """Ids, labels and controls of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.anchors: list[str] = []
        self.inline: list[str] = []
        self.headings = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "label" and found.get("for"):
            self.labelled.add(str(found["for"]))
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self.controls.append(found)
        if tag == "a" and str(found.get("href", "")).startswith("#"):
            self.anchors.append(str(found["href"])[1:])
        if tag == "script" and found.get("type") != "application/json" and not found.get("src"):
            self.inline.append("script")
        self.headings += tag == "h1"


@pytest.mark.parametrize("key", ["cap-xa", "dot-xuat"])
def test_the_served_form_labels_every_control_and_every_link_has_its_target(doors: Doors, key: str) -> None:
    person = doors.visitor("kiemtra1")
    visit = doors.office.visit(by="kiemtra1", checklist=key)
    answer = person.get(f"/inspect/{visit}")
    text = answer.get_data(as_text=True)
    page = Page(text)
    styles = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert f'<link rel="stylesheet" href="{styles}">' in text, (
        "told twice under one address, else fetched twice"
    )
    assert [name for name, times in Counter(page.ids).items() if times > 1] == []
    assert [row for row in page.controls if row.get("id") not in page.labelled] == []
    assert set(page.anchors) <= set(page.ids)
    assert page.headings == 1 and page.inline == []
    names = {row["name"] for row in page.controls if row.get("name")}
    for criterion in checklist(key).criteria:
        wanted = {field.name for field in criterion.fields()}
        if not criterion.severity:
            wanted -= {f"{criterion.name}_{suffix}" for suffix in ("severity", "cause", "responsible")}
        assert wanted <= names
    assert {f"{row.name}_photo" for row in checklist(key).criteria if row.takes_photos} <= names


def test_a_faulty_post_is_answered_with_the_same_page_holding_everything(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    visit = doors.office.visit(by="kiemtra1")
    first = person.get(f"/inspect/{visit}").get_data(as_text=True)
    number = str(re.findall(r'name="submission_id" value="([^"]+)"', first)[0])
    answer = person.post(
        f"/inspect/{visit}", status=422, action="send", submission_id=number, replaces="", ny_02="fail",
        ny_02_note='Thiếu <thủ tục> & "đất đai"', ny_02_n="17", ny_02_of="10", ny_02_cause="phan_mem",
        ny_02_severity="3", ny_02_responsible="Công an xã", ns_02="none", gq_08="fail", gq_08_late="0",
    ).get_data(as_text=True)  # fmt: skip
    page = Page(answer)
    assert f'name="submission_id" value="{number}"' in answer, "the id stays the same after an error"
    assert {"ny_02_n", "gq_08_late"} <= set(page.anchors) <= set(page.ids)
    assert "Thiếu &lt;thủ tục&gt; &amp; &#34;đất đai&#34;</textarea>" in answer
    for control in ('id="ny_02-fail" value="fail" checked', 'id="ns_02-none" value="none" checked',
                    'value="17" aria-invalid="true"', 'value="3" selected', 'value="phan_mem" selected',
                    'value="Công an xã"'):  # fmt: skip
        assert control in answer
    assert answer.count(" autofocus") == 1


def test_a_draft_comes_back_and_the_choice_of_all_criteria_with_it(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    visit = doors.office.visit(by="kiemtra1", checklist="cap-xa")
    saved = person.post(f"/inspect/{visit}", action="save", show="all", ny_04="pass", ny_04_note="Đủ")
    page = person.get(saved.headers["Location"]).get_data(as_text=True)
    assert 'id="show-all" checked' in page and 'id="ny_04-pass" value="pass" checked' in page
    assert "1/64" in page


def test_offices_are_found_without_accents_and_by_their_former_district(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    found = re.findall(r'data-office="([^"]+)"', person.get("/inspect/new?q=duc+pho").get_data(as_text=True))
    assert any(row.startswith("Phường Đức Phổ") for row in found)
    assert all("Đức Phổ" in row for row in found) and len(found) < 10
    assert "Ngọk Réo" in person.get("/inspect/new?q=ngok+reo").get_data(as_text=True)
    nothing = person.get("/inspect/new?q=xyz").get_data(as_text=True)
    assert 'id="no-office" class="hint">' in nothing


def test_a_refused_start_keeps_what_was_chosen(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    page = person.post("/inspect/new", status=400, q="", unit="21040", checklist="dot-xuat", reason=" ")
    text = page.get_data(as_text=True)
    assert 'id="unit-21040" value="21040" checked' in text and 'href="#reason"' in text


def test_my_work_says_what_each_visit_waits_for(doors: Doors) -> None:
    person = doors.visitor("kiemtra1")
    assert "Chưa có cuộc kiểm tra nào" in person.get("/inspect/").get_data(as_text=True)
    doors.office.visit(by="kiemtra1")
    assert "Đang kiểm tra" in person.get("/inspect/").get_data(as_text=True)
