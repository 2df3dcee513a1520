"""The violation list through its doors: page, one finding, CSV, XLSX, ZIP and JSON say the same to the same person."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event, select

from inspect_app import create_app
from inspect_app.domain.people import Role
from inspect_app.settings import read_settings
from inspect_app.storage.audit import AuditRow
from inspect_app.storage.findings import FindingEventRow
from inspect_app.web.services import Services
from tests.listed import NOW, Listed, listed
from tests.photo_samples import SECRET, laden_jpeg, png
from tests.sessions import session_of

HEADER = (
    'STT,Huyện,Xã,Ngày kiểm tra,Hình thức,Mã tiêu chí,"Nội dung tồn tại, vi phạm",n,N,Căn cứ,Mức độ,Trạng thái,'
    '"Đơn vị, cá nhân chịu trách nhiệm",Kiến nghị,Thời hạn,Kết quả khắc phục,Minh chứng,Ghi chú,Mã phát hiện'
)
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def world(sqlite_url: str) -> Listed:
    found = listed(sqlite_url)
    found.person("chuyenvien", Role.REVIEWER)
    found.person("noichinh", Role.INTERNAL_AFFAIRS)
    found.person("lanhdao", Role.LEADER)
    found.person("donvi", Role.UNIT_OFFICER, ("21040", "2026-01-01"))
    return found


@pytest.fixture
def app(world: Listed, sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    env = {
        "INSPECT_SECRET_KEY": "k" * 40, "INSPECT_DATABASE_URL": sqlite_url, "INSPECT_VAR": str(tmp_path / "var"),
    }  # fmt: skip
    app = create_app(read_settings(env))
    services(app).clock = lambda: NOW
    yield app
    services(app).database.engine.dispose()
    world.database.engine.dispose()


def services(app: Flask) -> Services:
    found: Services = app.extensions["inspect"]
    return found


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    usernames = ("ghi", "chuyenvien", "noichinh", "lanhdao", "donvi")

    def client(username: str) -> FlaskClient:
        found = app.test_client()
        with found.session_transaction() as session:
            session["_user_id"] = session_of(usernames.index(username) + 1)
        return found

    return client


def kept(app: Flask, data: bytes) -> str:
    """Bytes in the evidence store; their hash."""
    stored = services(app).evidence.receive(io.BytesIO(data))
    services(app).evidence.keep(stored)
    return str(stored.sha256)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_csv_has_the_header_of_the_contract_bom_crlf_and_vietnamese_dates(
    world: Listed, sign_in: SignIn
) -> None:
    visit = world.visit("21091", "2021-05-04")
    world.finding(
        visit,
        "NY-01",
        severity=3,
        n=3,
        of=10,
        repeat=True,
        responsible="UBND xã",
        wording="Thiếu\nbảng",
        photos=["a" * 64],
    )
    answer = sign_in("chuyenvien").get("/findings.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert re.search(
        r'attachment; filename="?danh-sach-vi-pham_2026-11-22.csv', answer.headers["Content-Disposition"]
    )
    assert answer.data.startswith(b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n")
    assert answer.data.endswith(b"\r\n")
    assert rows_of(answer.data)[1:] == [
        ["1", "huyện Bình Sơn", "xã Đông Sơn", "04/05/2021", "Đột xuất", "NY-01", "Thiếu\nbảng", "3", "10", "Điều 8",
         "3 – Vi phạm", "Đã xác nhận", "UBND xã", "", "", "", "21091_KT-2021-0001_NY-01_1.jpg", "Tái diễn",
         "KT-2021-0001-NY-01"]
    ]  # fmt: skip


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_csv_is_a_formula(world: Listed, sign_in: SignIn, sign: str) -> None:
    world.finding(world.visit("21040", "2026-03-02"), wording=f"{sign}1+1", responsible=f"{sign}cmd")
    row = rows_of(sign_in("chuyenvien").get("/findings.csv").data)[1]
    assert (row[6], row[12]) == (f"'{sign}1+1", f"'{sign}cmd")


def test_the_first_bytes_of_the_csv_come_before_any_line_is_read(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    world.finding(world.visit("21040", "2026-03-02"))
    statements: list[str] = []
    event.listen(
        services(app).database.engine,
        "before_cursor_execute",
        lambda _c, _k, text, *_: statements.append(text),
    )
    answer = sign_in("chuyenvien").get("/findings.csv", buffered=False)
    pieces = answer.iter_encoded()
    assert next(pieces) == b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n"
    assert not any("wording" in text for text in statements)
    assert b"KT-2026-0001-NY-01" in b"".join(pieces)
    assert any("wording" in text for text in statements)
    answer.close()


def test_a_download_that_is_broken_off_gives_its_connection_back(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    world.finding(world.visit("21040", "2026-03-02"))
    answer = sign_in("chuyenvien").get("/findings.zip", buffered=False)
    next(answer.iter_encoded())
    answer.close()
    del answer
    assert services(app).database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_xlsx_has_real_dates_and_numbers_in_times_new_roman_and_leaves_no_file(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    visit = world.visit("21472", "2021-05-04")
    world.finding(visit, "NY-01", n=3, of=10, wording="=1+1")
    answer = sign_in("chuyenvien").get("/findings.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    header, row = ([cell.value for cell in cells] for cells in sheet.iter_rows())
    assert header == next(csv.reader([HEADER]))
    assert row[:9] == [
        1, "thị xã Đức Phổ", "xã Khánh Cường", datetime(2021, 5, 4), "Đột xuất", "NY-01", "=1+1", 3, 10,
    ]  # fmt: skip
    assert (sheet["G2"].data_type, sheet["D2"].number_format) == ("s", "dd/mm/yyyy")
    assert {sheet[place].font.name for place in ("A1", "A2", "D2", "G2")} == {"Times New Roman"}
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:S2")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert list(services(app).settings.scratch.iterdir()) == []


def test_zip_holds_screen_jpegs_without_metadata_and_the_same_list(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    good, drawn, broken = kept(app, laden_jpeg()), kept(app, png()), kept(app, b"\xff\xd8 nothing of a photo")
    visit = world.visit("21091", "2021-05-04")
    world.finding(visit, "NY-01", photos=[good, drawn])
    world.finding(visit, "NY-02", photos=[broken])
    world.finding(world.visit("21040", "2026-03-02"), "GQ-01", state="reported", photos=[good])
    client = sign_in("chuyenvien")
    answer = client.get("/findings.zip?state=confirmed")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        folder = "KT-2021-0001_xa-binh-thanh"
        assert archive.namelist() == [
            "thong-tin.txt", f"{folder}/21091_KT-2021-0001_NY-01_1.jpg", f"{folder}/21091_KT-2021-0001_NY-01_2.jpg",
            "anh-khong-mo-duoc.txt", "danh-sach.csv",
        ]  # fmt: skip
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        for name in archive.namelist()[1:3]:
            data = archive.read(name)
            assert SECRET.encode() not in data
            picture = Image.open(io.BytesIO(data))
            assert (picture.format, len(picture.getexif())) == ("JPEG", 0)
        assert "21091_KT-2021-0001_NY-02_1.jpg" in archive.read("anh-khong-mo-duoc.txt").decode()
        assert archive.read("danh-sach.csv") == client.get("/findings.csv?state=confirmed").data
        assert "Trạng thái: Đã xác nhận" in archive.read("thong-tin.txt").decode()


def test_an_empty_list_is_a_whole_zip_with_its_header(sign_in: SignIn) -> None:
    answer = sign_in("chuyenvien").get("/findings.zip?q=khong-co")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.read("danh-sach.csv").decode("utf-8-sig") == HEADER + "\r\n"


def test_originals_are_only_for_those_who_may_see_them(world: Listed, app: Flask, sign_in: SignIn) -> None:
    data = png()
    world.finding(world.visit("21040", "2026-03-02"), photos=[kept(app, data)])
    answer = sign_in("chuyenvien").get("/findings.zip?originals=1")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        name = "KT-2026-0001_xa-binh-son/21040_KT-2026-0001_NY-01_1.png"
        assert archive.read(name) == data
        assert b"NY-01_1.png" in archive.read("danh-sach.csv")
    assert sign_in("lanhdao").get("/findings.zip?originals=1").status_code == 403
    assert sign_in("lanhdao").get("/findings.zip").status_code == 200
    assert sign_in("noichinh").get("/findings.zip").status_code == 403


def test_every_file_leaves_a_line_in_the_audit_log(world: Listed, sign_in: SignIn) -> None:
    world.finding(world.visit("21040", "2026-03-02"))
    client = sign_in("chuyenvien")
    for suffix in ("csv", "xlsx", "zip"):
        assert client.get(f"/findings.{suffix}?q=son&severity=2&from=&map=2026-11-22").status_code == 200
        assert client.get(f"/findings.{suffix}?severity=9").status_code == 400
    with world.database.reading() as session:
        lines = session.scalars(
            select(AuditRow).where(AuditRow.act == "findings_exported").order_by(AuditRow.id)
        ).all()
    assert [(line.person_id, line.subject_id, line.detail) for line in lines] == [
        (2, form, {"filters": "severity=2&q=son", "rows": 1, "originals": False})
        for form in ("csv", "xlsx", "zip")
    ]


def test_json_has_exactly_the_fields_of_the_contract(world: Listed, sign_in: SignIn) -> None:
    visit = world.visit("21091", "2021-05-04", kind="scheduled")
    finding = world.finding(
        visit, "NY-01", severity=3, n=3, of=10, repeat=True, responsible="UBND xã", photos=["a" * 64]
    )
    found = sign_in("chuyenvien").get("/api/v1/findings").json
    [photo] = found["items"][0].pop("photos")
    assert (sorted(photo), photo["sha256"]) == (["id", "sha256"], "a" * 64)
    submission = found["items"][0].pop("submission")
    assert re.fullmatch("[0-9a-f-]{36}", submission)
    assert found == {
        "items": [
            {"id": finding, "code": "KT-2021-0001-NY-01", "inspection": visit, "criterion": "NY-01", "severity": 3,
             "state": "confirmed", "kind": "scheduled", "day": "2021-05-04",
             "unit": {"code": "21091", "valid_from": "2020-02-01"}, "responsible": "UBND xã", "n": 3, "of": 10,
             "repeat": True}
        ],
        "next": None,
    }  # fmt: skip


def test_json_pages_follow_each_other_without_gap_or_overlap(
    world: Listed, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspect_app.web.api_findings.PAGE", 2)
    visit = world.visit("21040", "2026-03-02")
    for number in range(1, 6):
        world.finding(visit, f"NY-0{number}")
    client, cursor, seen = sign_in("chuyenvien"), "", []
    while cursor is not None:
        found = client.get("/api/v1/findings", query_string={"cursor": cursor, "group": "NY"}).json
        seen += [item["criterion"] for item in found["items"]]
        cursor = found["next"]
    assert seen == [f"NY-0{number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    "query", ["map=x", "from=1", "district=999", "commune=99999", "severity=5", "state=x", "kind=x", "cause=x", "group=x",
              "criterion=x", "repeat=2", "cursor=x", "province=99"],
)  # fmt: skip
def test_a_bad_value_answers_400_at_every_door(sign_in: SignIn, query: str) -> None:
    client = sign_in("chuyenvien")
    doors = ["/findings", "/api/v1/findings"]
    doors += (
        [] if query.startswith("cursor") else [f"/findings.{suffix}" for suffix in ("csv", "xlsx", "zip")]
    )
    assert {door: client.get(f"{door}?{query}").status_code for door in doors} == dict.fromkeys(doors, 400)
    name = query.split("=")[0]
    assert list(client.get(f"/api/v1/findings?{query}").json["error"]["fields"]) == [name]


def test_a_faulty_address_is_shown_with_its_fault_and_may_be_mended_on_the_page(sign_in: SignIn) -> None:
    page = sign_in("chuyenvien").get("/findings?commune=99999&district=534&severity=3&q=n%C3%BAi").text
    assert 'href="#commune"' in page and "99999" in page
    assert re.search(r'<option value="534" selected>thị xã Đức Phổ', page)
    assert re.search(r'value="3" checked', page) and 'value="núi"' in page


def test_strangers_are_sent_to_sign_in_and_programs_are_told(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/findings?district=534")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/findings?district%3D534")
    for door in ("/findings.csv", "/findings.xlsx", "/findings.zip", "/api/v1/findings"):
        assert client.get(door).status_code == 401


def test_an_officer_of_a_unit_sees_what_was_confirmed_there_and_nothing_else_anywhere(
    world: Listed, sign_in: SignIn
) -> None:
    here, elsewhere = world.visit("21040", "2026-03-02"), world.visit("21109", "2026-03-02")
    mine = world.finding(here, "NY-01")
    hidden = [world.finding(here, "NY-02", state="reported"), world.finding(elsewhere, "NY-03")]
    with world.database.writing.begin() as session:
        session.add(
            FindingEventRow(
                finding_id=mine, at=NOW, person_id=2, event="changed", reason="Lý do nội bộ",
                before={"severity": 3}, after={"severity": 2},
            )
        )  # fmt: skip
    client = sign_in("donvi")
    for door in (
        "/findings",
        "/findings.csv",
        "/api/v1/findings",
        "/findings?state=reported",
        "/findings?commune=21109",
    ):
        text = client.get(door).text
        assert not re.search("KT-2026-000[12]-NY-0[23]", text) and not any(id in text for id in hidden), door
    assert mine in client.get("/findings").text
    page = client.get(f"/findings/{mine}")
    assert page.status_code == 200 and "Lý do nội bộ" not in page.text
    assert [client.get(f"/findings/{id}").status_code for id in hidden] == [404, 404]
    office = sign_in("chuyenvien").get(f"/findings/{mine}").text
    assert "Lý do nội bộ" in office and "Chuyenvien" in office


def test_one_finding_leads_to_its_photos_its_visit_and_its_review_as_far_as_one_may_go(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    visit = world.visit("21091", "2021-05-04")
    finding = world.finding(visit, wording="Thiếu bảng niêm yết", photos=[kept(app, png())])
    page = sign_in("chuyenvien").get(f"/findings/{finding}").text
    assert "Thiếu bảng niêm yết" in page and "xã Bình Thanh" in page and "xã Đông Sơn" in page
    [thumb] = re.findall(r'src="(/photos/[^"]+/thumb)"', page)
    assert sign_in("chuyenvien").get(thumb).content_type == "image/jpeg"
    assert f'href="/findings?inspection={visit}"' in page and f'href="/review/{visit}"' in page
    reader = sign_in("noichinh").get(f"/findings/{finding}").text
    assert "/photos/" not in reader and "/review/" not in reader and "1 ảnh minh chứng" in reader


def test_page_says_how_many_and_leads_to_files_with_the_same_filters(world: Listed, sign_in: SignIn) -> None:
    visit = world.visit("21040", "2026-03-02")
    world.finding(visit, wording="<script>alert(1)</script>")
    world.finding(visit, "NY-02", severity=4)
    page = sign_in("chuyenvien").get("/findings?severity=2&from=&q=&map=").text
    assert "<strong>1</strong> phát hiện" in page
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    for suffix in ("csv", "xlsx", "zip"):
        assert f'href="/findings.{suffix}?severity=2"' in page
    assert 'href="/findings"' in page  # the chip that takes the only filter away
    assert "/findings.zip" not in sign_in("noichinh").get("/findings").text


def test_empty_page_says_why_and_what_to_do(world: Listed, sign_in: SignIn) -> None:
    assert "Chưa có phát hiện nào" in sign_in("chuyenvien").get("/findings").text
    world.finding(world.visit("21040", "2026-03-02"))
    assert "Không có phát hiện nào hợp" in sign_in("chuyenvien").get("/findings?q=zzz").text


def test_page_asks_the_database_as_often_for_fifty_lines_as_for_one(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    client, statements = sign_in("chuyenvien"), []
    event.listen(
        services(app).database.engine,
        "before_cursor_execute",
        lambda _c, _k, text, *_: statements.append(text),
    )
    world.finding(world.visit("21091", "2021-05-04"), photos=["a" * 64])
    client.get("/findings")  # fills what a process keeps: units, names of criteria
    spent = []
    for number in (1, 50):
        for other in range(1, number):
            world.finding(
                world.visit("21046" if other % 2 else "21472", "2022-05-04"), photos=[f"{other:064}"]
            )
        statements.clear()
        page = client.get("/findings").text
        assert page.count('class="wording"') == number
        spent.append(len(statements))
    assert spent[0] == spent[1] <= 10, statements
