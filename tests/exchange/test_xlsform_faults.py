"""Broken forms: each fault names sheet, row and column and says what to do; all of them come at once."""

import io

import openpyxl
import pytest

from inspect_app.exchange.xlsform import ChecklistFaults, _from_pyxform, compile_checklist
from inspect_app.exchange.xlsform_faults import FaultBook
from inspect_app.exchange.xlsform_sheets import read_sheets

LAW = {"tthc.cong_khai", "bpmc.tru_so"}

# Line numbers of this form are what the table below names: settings values 3, header 5, section 6, criteria 7-8.
SOUND = """\
| settings |
| | form_id | version | form_title | default_language | level | kinds | valid_from | valid_to |
| | thu-nghiem | 1 | Phiếu thử | Tiếng Việt (vi) | HX | scheduled surprise | | |
| survey |
| | type | name | label | hint | relevant | required | constraint | constraint_message | appearance | code | group | level | legal_basis | severity | numerator | denominator | photo | core | valid_from | valid_to |
| | begin_group | s1 | Phần một | | | | | | | | | | | | | | | | | |
| | criterion | ny_01 | Bảng dễ đọc | Nhìn. | | | | | | NY-01 | NY | HX | tthc.cong_khai | 2 | Số thiếu | Số đã xem | Y | yes | | |
| | criterion | ts_01 | Có biển | Nhìn. | | | | | | TS-01 | TS | X | bpmc.tru_so | 2 | | | - | | | |
| | integer | minutes | Số phút | | ${ts_01} = 'fail' | | . >= 0 | Từ 0 trở lên. | | | | | | | | | | | | |
| | select_one mau | colour | Màu biển | | | | | | minimal | | | | | | | | | | | |
| | end_group | | | | | | | | | | | | | | | | | | | |
| choices |
| | list_name | name | label |
| | mau | do | Đỏ |
| | mau | xanh | Xanh |
"""


def change(*pairs: tuple[str, str]) -> str:
    text = SOUND
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def cell(line: int, column: str, value: str) -> str:
    """The sound form with one cell of the survey replaced."""
    lines = SOUND.splitlines()
    place = [part.strip() for part in lines[4].split("|")].index(column)
    parts = lines[line - 1].split("|")
    parts[place] = f" {value} "
    lines[line - 1] = "|".join(parts)
    return "\n".join(lines) + "\n"


def faults_of(text: str, name: str = "form.md") -> list[tuple[str, int, str, str]]:
    with pytest.raises(ChecklistFaults) as caught:
        compile_checklist(text.encode(), name, law_keys=LAW)
    return [(fault.sheet, fault.row, fault.column, fault.message) for fault in caught.value.faults]


def test_the_form_that_the_table_breaks_is_sound():
    assert compile_checklist(SOUND.encode(), "form.md", law_keys=LAW).key == "thu-nghiem"


BROKEN = [
    # what, source, sheet, row, column, a part of the message
    ("misspelt column", change(("| relevant |", "| relevent |")), "survey", 5, "relevent", "“relevant”"),
    ("column only Collect would know", change(("| appearance |", "| calculation |")), "survey", 5, "calculation", "chưa dùng"),
    ("column twice", change(("| hint |", "| label |")), "survey", 5, "label", "hai lần"),
    ("needed column missing", change(("| photo | core |", "| photo | |"), ("| type | name | label |", "| type | name | hinh |")), "survey", 5, "label", "Thiếu cột"),
    ("misspelt sheet", change(("| choices |", "| choises |")), "", 12, "", "“choices”"),
    ("no settings", SOUND[SOUND.index("| survey |"):], "", 0, "", "Thiếu bảng settings"),
    ("two rows of settings", change(("| survey |", "| | b | 1 | B | vi | X | surprise | | |\n| survey |")), "settings", 2, "", "đúng một dòng"),
    ("key with an accent", change(("thu-nghiem", "thử-nghiệm")), "settings", 3, "form_id", "không dấu"),
    ("no version", change(("| thu-nghiem | 1 |", "| thu-nghiem | |")), "settings", 3, "version", "trống"),
    ("unknown kind of visit", change(("scheduled surprise", "scheduled suprise")), "settings", 3, "kinds", "surprise"),
    ("text in the first cell", change(("| | criterion | ts_01", "| note | criterion | ts_01")), "survey", 8, "", "Ô đầu dòng"),
    ("lost closing pipe", change(("| - | | | |\n", "| - | | | | x\n")), "", 8, "", "kết thúc bằng dấu |"),
    ("lost opening pipe", change(("| | criterion | ts_01", " criterion | ts_01")), "", 8, "", "bắt đầu bằng dấu |"),
    ("cell beyond the last column", change(("| - | | | |\n", "| - | | | | | thừa |\n")), "survey", 8, "", "không có tên"),
    ("no type", cell(9, "type", ""), "survey", 9, "type", "trống"),
    ("unknown type", cell(9, "type", "interger"), "survey", 9, "type", "“integer”"),
    ("type of XLSForm we do not draw", cell(9, "type", "geopoint"), "survey", 9, "type", "Không có loại"),
    ("words after a type", cell(9, "type", "integer mau"), "survey", 9, "type", "Không có loại"),
    ("unknown list", cell(10, "type", "select_one mua"), "survey", 10, "type", "“mau”"),
    ("no name", cell(9, "name", ""), "survey", 9, "name", "trống"),
    ("name with an accent", cell(9, "name", "phút"), "survey", 9, "name", "không dấu"),
    ("name of the page's own field", cell(9, "name", "csrf_token"), "survey", 9, "name", "dành riêng"),
    ("name twice", cell(9, "name", "colour"), "survey", 10, "name", "dòng 9"),
    ("name that an expansion takes", cell(9, "name", "ny_01_note"), "survey", 9, "name", "dòng 7"),
    ("no label", cell(9, "label", ""), "survey", 9, "label", "trống"),
    ("criterion without a hint", cell(7, "hint", ""), "survey", 7, "hint", "trống"),
    ("reference inside a text", cell(9, "hint", "xem ${ny_01}"), "survey", 9, "hint", "Chữ hiển thị"),
    ("criterion's column on a plain row", cell(9, "severity", "2"), "survey", 9, "severity", "không dùng"),
    ("constraint on a criterion", cell(7, "constraint", ". != ''"), "survey", 7, "constraint", "không dùng"),
    ("constraint without a message", cell(9, "constraint_message", ""), "survey", 9, "constraint_message", "lời nhắc"),
    ("message without a constraint", cell(9, "constraint", ""), "survey", 9, "constraint", "điều kiện"),
    ("unknown appearance", cell(10, "appearance", "minimum"), "survey", 10, "appearance", "“minimal”"),
    ("code of another shape", cell(7, "code", "NY1"), "survey", 7, "code", "NY-01"),
    ("code outside its group", cell(7, "code", "TS-09"), "survey", 7, "code", "nhóm NY"),
    ("code twice", cell(8, "code", "NY-01").replace("| NY-01 | TS |", "| NY-01 | NY |"), "survey", 8, "code", "dòng 7"),
    ("unknown group", cell(7, "group", "XX"), "survey", 7, "group", "NY, TS"),
    ("unknown level", cell(7, "level", "huyện"), "survey", 7, "level", "HX (cả hai)"),
    ("level the form is not for", change(("| HX | scheduled", "| H | scheduled")), "survey", 8, "level", "không bao giờ"),
    ("unknown law", cell(7, "legal_basis", "tthc.cong_kai"), "survey", 7, "legal_basis", "“tthc.cong_khai”"),
    ("severity without law", cell(7, "legal_basis", ""), "survey", 7, "legal_basis", "phải có căn cứ"),
    ("severity out of range", cell(7, "severity", "5"), "survey", 7, "severity", "1, 2, 3, 4"),
    ("photo rule unknown", cell(7, "photo", "X"), "survey", 7, "photo", "Y, R, S"),
    ("core unknown", cell(7, "core", "x"), "survey", 7, "core", "yes"),
    ("numerator alone", cell(7, "denominator", ""), "survey", 7, "denominator", "mẫu số"),
    ("denominator alone", cell(7, "numerator", ""), "survey", 7, "numerator", "tử số"),
    ("day of no calendar", cell(7, "valid_from", "31/02/2025"), "survey", 7, "valid_from", "01/07/2025"),
    ("span backwards", change(("| Y | yes | | |", "| Y | yes | 2025-07-01 | 2025-07-01 |")), "survey", 7, "valid_to", "sau ngày"),
    ("question outside a section", change(("| | criterion | ts_01", "| | end_group |\n| | criterion | ts_01")), "survey", 9, "type", "trong một nhóm"),
    ("section within a section", cell(9, "type", "begin_group"), "survey", 9, "type", "chưa đóng"),
    ("section not closed", change(("| | end_group |", "| | note |")), "survey", 6, "type", "chưa đóng"),
    ("expression with an unknown name", cell(9, "relevant", "${ts_1} = 'fail'"), "survey", 9, "relevant", "ts_1"),
    ("expression broken off", cell(9, "relevant", "${ts_01} = "), "survey", 9, "relevant", "ký tự thứ"),
    ("function out of reach", cell(9, "relevant", "jr:choice-name(${colour}, '${colour}') = 'a'"), "survey", 9, "relevant", "jr:choice-name"),
    ("relevance in a circle by a relative path", cell(9, "relevant", "../minutes > 1"), "survey", 9, "relevant", "vòng tròn"),
    ("unknown function", cell(9, "relevant", "pulldata('a', 'b') = 1"), "survey", 9, "relevant", "pulldata"),
    ("bare path where yes or no is wanted", cell(9, "relevant", "${ts_01}"), "survey", 9, "relevant", "ký tự thứ"),
    ("regex open at its ends", cell(9, "constraint", "regex(., '[0-9]+')"), "survey", 9, "constraint", "^"),
    ("outcome that does not exist", cell(9, "relevant", "${ts_01} = 'fial'"), "survey", 9, "relevant", "“fail”"),
    ("choice that does not exist", cell(9, "relevant", "selected(${colour}, 'den')"), "survey", 9, "relevant", "“den”"),
    ("relevance in a circle", cell(9, "relevant", "${minutes} > 1"), "survey", 9, "relevant", "vòng tròn"),
    ("choice twice", change(("| mau | xanh |", "| mau | do |")), "choices", 15, "name", "hai lần"),
    ("choice with a space", change(("| mau | xanh |", "| mau | xanh la |")), "choices", 15, "name", "dấu cách"),
    ("list name with an accent", change(("| mau | xanh |", "| màu | xanh |")), "choices", 15, "list_name", "không dấu"),
    ("choice without a label", change(("| Xanh |", "| |")), "choices", 15, "label", "trống"),
    ("list of our own name", change(("| mau | xanh |", "| inspect_cause | xanh |")), "choices", 15, "list_name", "có sẵn"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "sheet", "row", "column", "part"),
    [case[1:] for case in BROKEN],
    ids=[case[0] for case in BROKEN],
)
def test_a_broken_form_is_refused_with_place_and_remedy(source, sheet, row, column, part):
    found = faults_of(source)
    assert any(fault[:3] == (sheet, row, column) and part in fault[3] for fault in found), found


# Faults that may not bring others with them: an author is not sent after shadows.
ALONE = {"unknown law", "code twice", "severity out of range", "name twice", "numerator alone", "regex open at its ends",
         "relevance in a circle", "outcome that does not exist", "unknown list", "choice twice", "expression broken off"}  # fmt: skip


@pytest.mark.parametrize("case", [case for case in BROKEN if case[0] in ALONE], ids=lambda case: case[0])
def test_one_fault_is_reported_once_and_alone(case):
    assert len(faults_of(case[1])) == 1


def test_all_faults_come_at_once_in_the_order_of_the_file():
    text = (
        cell(7, "severity", "9")
        .replace("| X | bpmc.tru_so |", "| X | bpmc.tru |")
        .replace("${ts_01} =", "${nope} =")
    )
    text = text.replace("| thu-nghiem | 1 |", "| thu-nghiem | |").replace("| Xanh |", "| |")
    assert [fault[:3] for fault in faults_of(text)] == [
        ("settings", 3, "version"),
        ("survey", 7, "severity"),
        ("survey", 8, "legal_basis"),
        ("survey", 9, "relevant"),
        ("choices", 15, "label"),
    ]


def test_two_rows_that_wait_for_each_other_are_a_circle():
    text = cell(9, "relevant", "${colour} = 'do'")
    lines = text.splitlines()
    lines[9] = lines[9].replace("| Màu biển | | |", "| Màu biển | | ${minutes} > 1 |")
    assert [(fault[1], fault[2]) for fault in faults_of("\n".join(lines))] == [
        (9, "relevant"),
        (10, "relevant"),
    ]


def test_a_section_that_depends_on_its_own_question_is_a_circle():
    assert [(fault[1], fault[2]) for fault in faults_of(cell(6, "relevant", "${ny_01} = 'fail'"))] == [
        (6, "relevant")
    ]


@pytest.mark.parametrize(
    ("source", "name", "part"),
    [
        (b"\xff\xfe\x00", "form.md", "UTF-8"),
        (b"", "form.md", "survey"),
        (b"x" * 5_000_001, "form.md", "5 MB"),
        (b"not a zip", "form.xlsx", "Không mở được"),
        (b"a,b", "form.csv", ".md hoặc .xlsx"),
    ],
)
def test_a_file_that_is_no_form_is_refused_with_a_reason(source, name, part):
    with pytest.raises(ChecklistFaults) as caught:
        compile_checklist(source, name, law_keys=None)
    assert any(part in fault.message for fault in caught.value.faults)


def test_rows_of_a_workbook_are_counted_as_excel_shows_them_blank_rows_too():
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, sheet in read_sheets(cell(8, "severity", "7").encode(), "form.md", FaultBook()).items():
        page = book.create_sheet(name)
        page.append(list(sheet.columns))
        for row in sheet.rows:
            page.append([])
            page.append([row[column] or None for column in sheet.columns])
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(ChecklistFaults) as caught:
        compile_checklist(buffer.getvalue(), "form.xlsx", law_keys=LAW)
    assert [(fault.sheet, fault.row, fault.column) for fault in caught.value.faults] == [
        ("survey", 7, "severity")
    ]


def test_without_law_keys_they_are_not_checked():
    text = cell(7, "legal_basis", "khong.co")
    assert compile_checklist(text.encode(), "form.md", law_keys=None).document["sections"][0]["questions"][0][
        "legal_basis"
    ] == ["khong.co"]


def with_times(rule: str) -> str:
    """The sound form with two times of day, the second with a rule."""
    row = "| | time | {} | {} | | | | {} | Giờ chưa đúng. | | | | | | | | | | | | |\n"
    end = "| | end_group |"
    return SOUND.replace(end, row.format("den", "Giờ đến", "1 = 1") + row.format("ve", "Giờ về", rule) + end)


@pytest.mark.parametrize(
    "rule",
    [
        ". > ${den}",
        "${den} = .",
        "${den} != ${ve}",
        "format-date(., '%H') > 6",
        "string-length(.) > 4",
        ". > now()",
    ],
)
def test_a_time_of_day_is_not_compared(rule):
    [(sheet, row, column, message)] = faults_of(with_times(rule))
    assert (sheet, row, column) == ("survey", 12, "constraint")
    assert "now()" in message if "now" in rule else "loại time" in message


@pytest.mark.parametrize(
    "rule", ["${den} != ''", "'' = ${den}", "count-non-empty(${den}) = 1", "${minutes} > 5"]
)
def test_whether_a_time_of_day_was_filled_in_may_be_asked(rule):
    assert compile_checklist(with_times(rule).encode(), "form.md", law_keys=LAW).warnings == []


def test_a_list_that_no_question_uses_is_only_a_warning():
    text = SOUND + "| | thua | a | A |\n"
    assert compile_checklist(text.encode(), "form.md", law_keys=LAW).warnings == [
        "Danh sách “thua” không câu hỏi nào dùng."
    ]


def test_a_pipe_within_a_cell_is_written_with_a_backslash():
    text = cell(9, "constraint", r"regex(., '^(1\|2)$')")
    question = compile_checklist(text.encode(), "form.md", law_keys=LAW).document["sections"][0]["questions"][
        2
    ]
    assert ["s", "^(1|2)$"] in question["constraint"]


def test_a_complaint_of_pyxform_is_brought_back_to_the_row_of_the_author():
    fault = _from_pyxform("[row : 3] On the 'survey' sheet, something.", [6, 7, 7])
    assert (fault.sheet, fault.row) == ("survey", 7) and fault.message.endswith(
        "On the 'survey' sheet, something."
    )
    assert _from_pyxform("no row given", [6]).row == 0


def test_faults_read_as_one_text_for_the_command_line():
    with pytest.raises(ChecklistFaults) as caught:
        compile_checklist(cell(7, "severity", "5").encode(), "form.md", law_keys=LAW)
    assert "bảng survey, dòng 7, cột severity: Mức độ là 1, 2, 3, 4" in str(caught.value)
