"""The judge of answers, bare: kinds, relevance, required, constraints, shares; and by property on the real checklists."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.answers import judge
from inspect_app.domain.checklists import Checklist
from inspect_app.exchange.xlsform import compile_checklist

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FORMS = Path(__file__).resolve().parents[2] / "forms"

PLAIN = """
| survey |
| | type | name | label | hint | relevant | required | constraint | constraint_message | code | group | level | legal_basis | severity | numerator | denominator | photo | core |
| | begin group | office | Nơi kiểm tra | | | | | | | | | | | | | | |
| | criterion | ny_01 | Có bảng niêm yết | Nhìn | | | | | NY-01 | NY | X | thu.ny | 2 | Số thiếu | Số rút mẫu | Y | yes |
| | integer | minutes | Số phút đóng cửa sớm | | ${ny_01} = 'fail' | yes | . >= 0 and . <= 480 | Từ 0 đến 480 phút | | | | | | | | | |
| | date | opened | Ngày mở | | | | . <= today() | Ngày mở không được sau hôm nay | | | | | | | | | |
| | decimal | amount | Số tiền | | | | | | | | | | | | | | |
| | text | opinion | Ý kiến | | | | | | | | | | | | | | |
| | end group | | | | | | | | | | | | | | | | |
| settings |
| | form_id | version | form_title | default_language | level | kinds |
| | thu | 1 | Phiếu thử | vi | X | surprise |
"""


@pytest.fixture(scope="module")
def plain() -> Checklist:
    return Checklist.from_json(compile_checklist(PLAIN.encode(), "thu.md", law_keys=None).document)


def faults(checklist: Checklist, raw: dict[str, Any]) -> dict[str, str]:
    return {fault.question: fault.message for fault in judge(checklist, raw, now=NOW)[1]}


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("minutes", "1.200", None),
        ("minutes", "35", 35),
        ("amount", "12,5", 12.5),
        ("amount", "1.250.000,75", 1250000.75),
        ("amount", 3, 3.0),
        ("opened", "02/09/2026", "2026-09-02"),
        ("opened", "2026-09-02", "2026-09-02"),
        ("opinion", "Đức Phổ".replace("ứ", "u\u031b\u0301"), "Đức Phổ"),
        ("opinion", "a\r\nb", "a\nb"),
    ],
)
def test_typed_values_become_plain_ones(plain: Checklist, name: str, typed: Any, kept: Any) -> None:
    clean, _ = judge(plain, {"ny_01": "fail", "minutes": 5, name: typed}, now=NOW)
    assert clean.get(name) == (1200 if kept is None else kept)


@pytest.mark.parametrize(
    ("raw", "question"),
    [
        ({"ny_01": "fail"}, "minutes"),
        ({"ny_01": "fail", "minutes": "481"}, "minutes"),
        ({"ny_01": "fail", "minutes": "nhiều"}, "minutes"),
        ({"ny_01": "pass", "opened": "2026-11-23"}, "opened"),
        ({"ny_01": "pass", "opened": "31/02/2026"}, "opened"),
        ({"ny_01": "pass", "amount": "1,2,3"}, "amount"),
        ({"ny_01": "fail", "minutes": 1, "ny_01_n": 2}, "ny_01_of"),
        ({"ny_01": "fail", "minutes": 1, "ny_01_of": 2}, "ny_01_n"),
        ({"ny_01": "fail", "minutes": 1, "ny_01_n": 0, "ny_01_of": 0}, "ny_01_of"),
        ({"ny_01": "fail", "minutes": 1, "ny_01_n": 3, "ny_01_of": 2}, "ny_01_n"),
        ({"ny_01": "fail", "minutes": 1, "ny_01_severity": "5"}, "ny_01_severity"),
        ({"ny_01": "fail", "minutes": 1, "ny_01_cause": "ma"}, "ny_01_cause"),
        ({"ny_01": "pass", "who_asked": "x"}, "who_asked"),
        ({"opinion": "Tốt"}, "ny_01"),
        ({"ny_01": "unchecked"}, "ny_01"),
    ],
)
def test_each_fault_names_its_question_and_says_what_to_do(
    plain: Checklist, raw: dict[str, Any], question: str
) -> None:
    found = faults(plain, raw)
    assert list(found) == [question]
    assert len(found[question]) > 15


def test_a_hidden_question_is_emptied_and_asks_nothing(plain: Checklist) -> None:
    clean, found = judge(plain, {"ny_01": "pass", "minutes": "9999", "ny_01_n": 3, "ny_01_of": 2}, now=NOW)
    assert found == []
    assert clean == {"ny_01": "pass"}


def test_text_that_is_too_long_is_a_fault_and_not_cut(plain: Checklist) -> None:
    assert list(faults(plain, {"ny_01": "pass", "opinion": "x" * 20_001})) == ["opinion"]


@pytest.fixture(scope="module")
def surprise() -> Checklist:
    path = FORMS / "dot-xuat" / "2020.1.md"
    return Checklist.from_json(compile_checklist(path.read_bytes(), path.name, law_keys=None).document)


VALUES = st.one_of(
    st.sampled_from(["pass", "fail", "none", "unchecked", "", "2026-01-01", "12,5", "07:30", "nhan_su", "3"]),
    st.integers(-5, 50), st.text(max_size=12), st.none(), st.booleans(), st.floats(allow_nan=False), st.lists(st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_comes_is_judged_and_what_is_clean_stays_clean(
    surprise: Checklist, data: st.DataObject
) -> None:
    names = st.sampled_from([*surprise.fields, "nobody_asked"])
    raw = data.draw(st.dictionaries(names, VALUES, max_size=25))
    clean, found = judge(surprise, raw, now=NOW)
    assert set(clean) <= set(surprise.fields)
    again, later = judge(surprise, clean, now=NOW)
    assert again == clean
    assert {fault.question for fault in later} <= {fault.question for fault in found} | {
        surprise.criteria[0].name
    }
