"""The product's main job, whole: a surprise visit on a phone, the reviewer's desk, the totals, the list in Excel.

Once with script on PostgreSQL and once without on SQLite; the demo data lie around it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.client import Client, photo_of
from tests.office import read_in_office
from tests.pages import Desk, Phone, sign_in
from tests.servers import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.libreoffice]

BINH_SON = "21040"  # xã Bình Sơn of 2025, on the ground of the former district 524
FAILED = {
    "ny_02": {"note": "Thiếu thủ tục đất đai; Đức Phổ, Ngọk Réo, Ia H'Drai", "n": "3", "of": "10"},
    "ns_01": {"note": "Vắng hai người trực", "n": "2", "of": "4"},
    "tn_03": {"note": "Không giao giấy hẹn", "n": "4", "of": "10", "responsible": "Công an xã Bình Sơn"},
    "gq_04": {"note": "Không có văn bản xin lỗi", "n": "5", "of": "6"},
}
CODES = {"ny_02": "NY-02", "ns_01": "NS-01", "tn_03": "TN-03", "gq_04": "GQ-04"}


@pytest.mark.parametrize(
    ("backend", "javascript"),
    [("postgresql", True), ("sqlite", False)],
    ids=["postgresql-script", "sqlite-no-script"],
)
def test_from_the_phone_to_the_list_and_the_totals(
    live_server: Callable[..., LiveServer],
    open_page: Callable[..., Page],
    tmp_path: Path,
    backend: str,
    javascript: bool,
) -> None:
    server = live_server(backend, demo=True)
    office = Client(server.url, "chuyenvien")
    before = totals(office)

    page = open_page(javascript=javascript)
    sign_in(page, server.url, "kiemtra1")
    phone = Phone(page, server.url)
    visit = phone.start_surprise(BINH_SON, "binh son", "Theo phản ánh của người dân về trễ hẹn")
    names = phone.criteria()
    assert len(names) == 26
    for name in names:
        if name in FAILED:
            phone.answer(name, "fail", **FAILED[name])
        else:
            phone.answer(name, "none" if name == "tn_06" else "pass")
    photos = make_photos(tmp_path, 6)
    for number, name in enumerate(("ny_02", "ns_01", "gq_04")):
        phone.add_photos(name, photos[2 * number : 2 * number + 2])

    phone.page.fill("#ny_02_n", "30")  # more cases than there were: a fault
    phone.send()
    assert page.url.endswith(visit) or "/inspect/" in page.url
    assert page.inner_text("[role=alert]")
    assert page.input_value("#ny_02_note") == FAILED["ny_02"]["note"], "what was typed is still there"
    assert page.locator("ul.thumbs img").count() == 6, "and so are the photos"
    held = count(server, "SELECT count(*) FROM photo WHERE state = 'stored'", visit)
    assert held == (0 if javascript else 6), "on the phone until they are sent, or with the server's draft"
    phone.page.fill("#ny_02_n", "3")
    phone.send()
    assert "/receipts/" in page.url
    code = phone.receipt_code()
    assert count(server, "SELECT count(*) FROM photo WHERE state = 'stored'", visit) == 6, (
        "sent once, held once"
    )

    desk_page = open_page(javascript=javascript, width=1280, height=800)
    sign_in(desk_page, server.url, "chuyenvien")
    desk = Desk(desk_page, server.url)
    desk.open_inspection(visit)
    assert code in desk_page.inner_text("main"), "the office screen shows the phone's receipt code"
    for name in ("ny_02", "ns_01", "tn_03"):
        desk.confirm(CODES[name])
    desk.return_with({"gq_04": "Ghi rõ 5 hay 6 hồ sơ quá hạn?"})
    assert rise(before, totals(office)) == {"commune": 3, "district": 3, "total": 3}

    page.goto(f"{server.url}/inspect/")
    page.click(f"a[href*='{visit}'] >> nth=0")
    comment = page.get_by_text("Ghi rõ 5 hay 6 hồ sơ quá hạn?").first
    comment.scroll_into_view_if_needed()  # what is out of sight is not drawn
    assert comment.is_visible()
    assert page.locator("ul.thumbs img").count() == 6, "the photos of what is corrected are on the page"
    phone.page.fill("#gq_04_n", "6")
    phone.send()
    assert "/receipts/" in page.url, page.inner_text("main")[:500]

    desk.open_inspection(visit)
    desk.confirm("GQ-04")
    assert rise(before, totals(office)) == {"commune": 4, "district": 4, "total": 4}
    assert count(server, "SELECT count(*) FROM submission", visit) == 2, "both versions stay readable"
    check_excel(office, tmp_path, visit)


def totals(office: Client) -> dict[str, int]:
    """Confirmed findings of the commune, of the former district, and of all."""
    communes = office.get("/api/v1/totals?by=commune").json()
    districts = office.get("/api/v1/totals?by=district").json()
    return {
        "commune": sum(row["findings"] for row in communes["rows"] if row["code"] == BINH_SON),
        "district": sum(row["findings"] for row in districts["rows"] if row["code"] == "524"),
        "total": communes["total"]["findings"],
    }


def rise(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in before}


def make_photos(folder: Path, number: int) -> list[Path]:
    files = [folder / f"IMG_{index}.jpg" for index in range(number)]
    for index, file in enumerate(files):
        file.write_bytes(photo_of(500 + index, (640, 480)))
    return files


def count(server: LiveServer, query: str, visit: str) -> int:
    """Rows of this visit: photos and submissions by way of its submissions and drafts."""
    own = "(SELECT id FROM submission WHERE inspection_id = :visit UNION SELECT submission_id FROM draft WHERE inspection_id = :visit)"
    table = "submission_id" if "photo" in query else "id"
    joiner = "AND" if "WHERE" in query else "WHERE"
    url = server.env["INSPECT_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"{query} {joiner} {table} IN {own}"), {"visit": visit}).scalar_one()
    engine.dispose()
    return int(found)


def check_excel(office: Client, folder: Path, visit: str) -> None:
    """LibreOffice opens the list of this visit: right accents, real dates and numbers."""
    path = folder / "list.xlsx"
    path.write_bytes(office.get(f"/findings.xlsx?inspection={visit}").content)
    scratch = folder / "office"
    scratch.mkdir()
    header, *rows = read_in_office(path, scratch)
    assert [cell.shown for cell in header][:6] == [
        "STT",
        "Huyện",
        "Xã",
        "Ngày kiểm tra",
        "Hình thức",
        "Mã tiêu chí",
    ]
    assert len(rows) == 4
    by_code: dict[str, Any] = {row[5].shown: row for row in rows}
    row = by_code["NY-02"]
    assert row[2].shown == "xã Bình Sơn"
    assert row[3].kind == "date"
    assert row[6].shown == "Thiếu thủ tục đất đai; Đức Phổ, Ngọk Réo, Ia H'Drai"
    assert (row[7].kind, row[7].value, row[8].value) == ("float", "3", "10")
    assert by_code["GQ-04"][7].value == "6"
