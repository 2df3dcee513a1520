"""Totals through their doors: JSON and files of the contract, who sees what, and links that keep what they promise."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from inspect_app import create_app
from inspect_app.domain.people import Role
from inspect_app.domain.totals import WORDS
from inspect_app.settings import read_settings
from inspect_app.storage.inspections import InspectionRow
from tests.listed import NOW, Listed, listed
from tests.sessions import session_of

HEADER = "Mã,Tên,Phân theo,Lượt kiểm tra,Phát hiện,Mức 1,Mức 2,Mức 3,Mức 4,Tái diễn,n,N"
DOORS = ("/totals", "/totals.csv", "/totals.xlsx", "/api/v1/totals")
USERNAMES = ("ghi", "chuyenvien", "lanhdao", "kiemtra", "donvi")
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def world(sqlite_url: str) -> Listed:
    found = listed(sqlite_url)
    found.person("chuyenvien", Role.REVIEWER)
    found.person("lanhdao", Role.LEADER)
    found.person("kiemtra", Role.INSPECTOR, ("21040", "2026-01-01"))
    found.person("donvi", Role.UNIT_OFFICER, ("21040", "2026-01-01"))
    return found


@pytest.fixture
def app(world: Listed, sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    env = {
        "INSPECT_SECRET_KEY": "k" * 40, "INSPECT_DATABASE_URL": sqlite_url, "INSPECT_VAR": str(tmp_path / "var"),
    }  # fmt: skip
    app = create_app(read_settings(env))
    app.extensions["inspect"].clock = lambda: NOW
    yield app
    app.extensions["inspect"].database.engine.dispose()
    world.database.engine.dispose()


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    def client(username: str) -> FlaskClient:
        found = app.test_client()
        with found.session_transaction() as session:
            session["_user_id"] = session_of(USERNAMES.index(username) + 1)
        return found

    return client


def fill(world: Listed) -> None:
    """Every kind of row: merged, divided, straddling, placed, of a district office; some open, some repeated."""
    for number, (code, day) in enumerate(
        (
            ("21091", "2021-05-04"), ("21142", "2021-05-06"), ("524", "2021-06-01"), ("536", "2021-06-02"),
            ("21109", "2026-03-02"), ("21439", "2024-09-09"), ("23518", "2022-04-01"), ("21040", "2026-03-05"),
            ("21040", "2026-04-05"), ("21040", "2026-05-05"),
        )
    ):  # fmt: skip
        visit = world.visit(code, day, kind=("scheduled", "surprise")[number % 2])
        for place, criterion in enumerate(("NY-01", "TN-03", "GQ-04")[: 1 + number % 3]):
            world.finding(
                visit, criterion, severity=1 + (number + place) % 4, n=2, of=5, repeat=number > 6,
                cause=("", "nhan_su")[place % 2], responsible=("UBND xã", "")[place % 2],
                state="reported" if number == 8 and place == 0 else "confirmed",
            )  # fmt: skip


class _Table(HTMLParser):
    """Rows of the table of a class: the texts of the cells, and the links of each cell."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.inside, self.rows = name, False, list[list[list[str]]]()
        self.part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self.inside = self.name in (given.get("class") or "").split()
        if tag in ("thead", "tbody", "tfoot"):
            self.part = tag
        if self.inside and self.part == "tbody":
            if tag == "tr":
                self.rows.append([])
            elif tag in ("td", "th"):
                self.rows[-1].append(["", ""])
            elif tag == "a" and self.rows[-1]:
                self.rows[-1][-1][1] = given.get("href") or ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.part == "tbody" and self.rows and self.rows[-1]:
            self.rows[-1][-1][0] += data


def table_in(page: str, name: str) -> list[list[list[str]]]:
    parser = _Table(name)
    parser.feed(page)
    return parser.rows


def listed_count(client: FlaskClient, address: str) -> int:
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = re.search(r"<strong>([\d.]+)</strong> phát hiện", answer.text)
    assert found, address
    return int(found[1].replace(".", ""))


def test_json_is_that_of_the_contract(world: Listed, sign_in: SignIn) -> None:
    visit = world.visit("21142", "2021-05-06")
    world.finding(visit, "NY-01", severity=3, n=2, of=5, repeat=True)
    world.finding(visit, "NY-02", state="reported")
    found = sign_in("chuyenvien").get("/api/v1/totals?by=commune&map=2026-01-01&from=2021-01-01").json
    sums = {
        "visits": 1,
        "findings": 1,
        "severity": {"1": 0, "2": 0, "3": 1, "4": 0},
        "repeats": 1,
        "n": 2,
        "of": 5,
    }
    assert found == {
        "by": "commune", "across": None, "map": "2026-01-01", "from": "2021-01-01", "to": None,
        "filters": {"state": ["confirmed"]},
        "rows": [
            {
                "code": "21142", "valid_from": "2020-02-01", "label": "Chưa xác định: xã Trà Bùi (cũ)",
                "status": "undetermined", "candidates": ["21136", "21157"], "across": None, **sums,
            }
        ],
        "total": sums,
    }  # fmt: skip
    default = sign_in("chuyenvien").get("/api/v1/totals").json
    assert (default["by"], default["map"], default["rows"][0]["label"]) == (
        "district", "2026-11-22", "huyện Trà Bồng",
    )  # fmt: skip
    crossed = sign_in("chuyenvien").get("/api/v1/totals?by=kind&across=severity&map=then&state=all").json
    assert (crossed["map"], [(row["code"], row["across"], row["findings"]) for row in crossed["rows"]]) == (
        "then", [("surprise", "2", 1), ("surprise", "3", 1)],
    )  # fmt: skip


def test_csv_has_bom_crlf_the_header_of_the_contract_and_ends_with_the_total(
    world: Listed, sign_in: SignIn
) -> None:
    visit = world.visit("21091", "2021-05-04")
    world.finding(visit, "NY-01", severity=3, n=3, of=10, repeat=True, responsible="=1+1")
    world.visit("21091", "2021-06-04")
    answer = sign_in("chuyenvien").get("/totals.csv?by=month")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert (
        answer.data
        == (
            f"\ufeff{HEADER}\r\n2021-05,Tháng 05/2021,,1,1,0,0,1,0,1,3,10\r\n"
            "2021-06,Tháng 06/2021,,1,0,0,0,0,0,0,0,0\r\nTổng,,,2,1,0,0,1,0,1,3,10\r\n"
        ).encode()
    )
    assert re.search(r"attachment; filename=tong-hop_2026-11-22.csv", answer.headers["Content-Disposition"])
    crossed = sign_in("chuyenvien").get("/totals.csv?by=responsible&across=month").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(crossed)))[1][:5] == ["'=1+1", "'=1+1", "Tháng 05/2021", "1", "1"]


def test_xlsx_has_real_numbers_and_a_sheet_that_crosses_two_words(world: Listed, sign_in: SignIn) -> None:
    fill(world)
    data = sign_in("chuyenvien").get("/totals.xlsx?by=district&across=month").data
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Tổng hợp", "Bảng hai chiều"]
    rows = list(book["Tổng hợp"].values)
    assert list(rows[0]) == HEADER.split(",")
    assert rows[-1][0] == "Tổng" and all(isinstance(cell, int) for cell in rows[-1][3:])
    crossed = list(book["Bảng hai chiều"].values)
    assert crossed[0][2] == "Tháng 05/2021" and crossed[0][-1] == crossed[-1][0] == "Tổng"
    assert crossed[-1][-1] == rows[-1][4] == sum(row[-1] for row in crossed[1:-1])
    for column in range(2, len(crossed[0])):
        assert sum(row[column] or 0 for row in crossed[1:-1]) == crossed[-1][column]
    alone = openpyxl.load_workbook(io.BytesIO(sign_in("chuyenvien").get("/totals.xlsx").data))
    assert alone.sheetnames == ["Tổng hợp"]


@pytest.mark.parametrize(
    "query",
    ["by=height", "across=weather", "by=month&across=month", "map=2026-13-01", "from=x", "to=2026-02-30",
     "from=2026-02-02&to=2026-02-01", "commune=99999", "district=x", "severity=5", "state=x", "kind=x", "cause=x",
     "group=x", "criterion=x", "repeat=2", "province=99"],
)  # fmt: skip
def test_a_bad_value_answers_400_at_every_door(sign_in: SignIn, query: str) -> None:
    client = sign_in("chuyenvien")
    assert {door: client.get(f"{door}?{query}").status_code for door in DOORS} == dict.fromkeys(DOORS, 400)
    name = "across" if query == "by=month&across=month" else query.split("&")[-1].split("=")[0]
    assert list(client.get(f"/api/v1/totals?{query}").json["error"]["fields"]) == [name]


def test_a_faulty_address_may_be_mended_on_the_page(sign_in: SignIn) -> None:
    page = sign_in("chuyenvien").get("/totals?commune=99999&severity=3").text
    assert 'href="#commune"' in page and "99999" in page and re.search(r'value="3" checked', page)


@pytest.mark.parametrize("day", ["2021-06-30", "2025-06-30", "2026-11-22", "then"])
@pytest.mark.parametrize("by", WORDS)
def test_each_row_leads_to_a_list_of_just_its_findings(
    world: Listed, sign_in: SignIn, by: str, day: str
) -> None:
    fill(world)
    client = sign_in("chuyenvien")
    rows = table_in(client.get(f"/totals?by={by}&map={day}").text, "single")
    at = 2 if by in ("province", "district", "commune") else 1  # after the place in the ranking
    counts = [(int(row[at + 1][0]), listed_count(client, row[at - 1][1])) for row in rows]
    assert all(shown == linked for shown, linked in counts), counts
    assert sum(shown for shown, _linked in counts) == 18


@pytest.mark.parametrize(
    ("by", "across"), [("district", "month"), ("criterion", "commune"), ("cause", "severity")]
)
def test_each_cell_of_a_crossed_table_leads_to_a_list_of_just_its_findings(
    world: Listed, sign_in: SignIn, by: str, across: str
) -> None:
    fill(world)
    client = sign_in("chuyenvien")
    rows = table_in(client.get(f"/totals?by={by}&across={across}&from=2021-05-05").text, "matrix")
    cells = [(cell[0].split()[0], cell[1]) for row in rows for cell in row[1:-1] if cell[1]]
    assert sum(int(shown) for shown, _ in cells) == 17
    assert all(int(shown) == listed_count(client, link) for shown, link in cells)


def test_every_link_of_the_page_to_the_list_works_and_figures_agree_with_it(
    world: Listed, sign_in: SignIn
) -> None:
    fill(world)
    client = sign_in("lanhdao")
    page = client.get("/totals?kind=surprise").text
    figures = re.findall(r'figure-value"><a href="([^"]+)">([\d.]+)</a>', page)
    assert len(figures) == 3
    for link, shown in figures:
        assert listed_count(client, link.replace("&amp;", "&")) == int(shown)
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/(?:findings|totals)\?[^"]*)"', page)}
    assert len(links) > 20 and {client.get(link).status_code for link in links} == {200}


def test_an_undetermined_row_names_its_candidates_and_leads_to_its_findings(
    world: Listed, sign_in: SignIn
) -> None:
    fill(world)
    page = sign_in("lanhdao").get("/totals?by=commune").text
    assert "có thể là xã Cà Đam; xã Tây Trà Bồng" in page
    assert "/findings?commune=undetermined%3A21142%402020-02-01&amp;state=confirmed" in page
    assert "có thể là huyện Bình Sơn; thành phố Quảng Ngãi" in page  # Đông Sơn, by district


def test_units_with_few_visits_are_shown_after_the_ranked_ones_and_said_to_be_few(
    world: Listed, sign_in: SignIn
) -> None:
    fill(world)
    rows = table_in(sign_in("lanhdao").get("/totals?by=commune").text, "single")
    assert [row[0][0] for row in rows] == ["1", *[""] * (len(rows) - 1)]
    assert (
        rows[0][1][0].strip() == "xã Bình Minh" or rows[0][2][0] == "3"
    )  # 21040: the only one with three visits
    assert all("ít lượt kiểm tra" in row[1][0] for row in rows[1:])


def test_an_officer_of_a_unit_sees_sums_of_what_was_confirmed_there_only(
    world: Listed, sign_in: SignIn
) -> None:
    fill(world)
    for query in ("", "state=all", "state=reported"):
        found = sign_in("donvi").get(f"/api/v1/totals?by=commune&{query}").json
        expected = 0 if query == "state=reported" else 5
        assert (found["total"]["visits"], found["total"]["findings"]) == (3, expected), query
    assert sign_in("donvi").get("/api/v1/totals?district=534").json["total"]["visits"] == 0
    page = sign_in("donvi").get("/totals").text
    assert "Đức Phổ" not in "".join(row[1][0] for row in table_in(page, "single"))
    assert 'id="state"' not in page and 'id="severity"' in page


def test_an_inspector_sees_the_own_area_and_a_leader_everything(world: Listed, sign_in: SignIn) -> None:
    fill(world)
    totals = {
        who: sign_in(who).get("/api/v1/totals?state=all").json["total"] for who in ("kiemtra", "lanhdao")
    }
    assert {who: (sums["visits"], sums["findings"]) for who, sums in totals.items()} == {
        "kiemtra": (3, 6), "lanhdao": (10, 19),
    }  # fmt: skip


def test_a_planned_surprise_changes_no_byte_of_any_door(world: Listed, sign_in: SignIn) -> None:
    fill(world)
    doors = [
        f"{door}?{query}"
        for door in ("/totals", "/totals.csv", "/api/v1/totals")
        for query in ("", "by=commune&state=all", "by=kind&across=month")
    ]
    before = {door: re.sub(r'value="[\w.-]{60,}"', "", sign_in("lanhdao").get(door).text) for door in doors}
    planned = world.visit("21109", "2026-12-01")
    with world.database.writing.begin() as session:
        values = {"visited": False, "state": "planned", "started_at": None, "number": None}
        session.execute(update(InspectionRow).where(InspectionRow.id == planned).values(**values))
    assert {
        door: re.sub(r'value="[\w.-]{60,}"', "", sign_in("lanhdao").get(door).text) for door in doors
    } == before


def test_strangers_are_sent_to_sign_in_and_programs_are_told(app: Flask) -> None:
    answers = [app.test_client().get(door).status_code for door in DOORS]
    assert answers == [302, 401, 401, 401]


def test_a_period_is_compared_with_the_one_before_it(world: Listed, sign_in: SignIn) -> None:
    world.finding(world.visit("21040", "2026-06-14"), severity=4)
    visit = world.visit("21040", "2026-06-15")
    for criterion in ("NY-01", "NY-02"):
        world.finding(visit, criterion, severity=3)
    page = sign_in("lanhdao").get("/totals?from=2026-06-15&to=2026-09-14").text
    assert "15/03/2026–14/06/2026" in page
    before = re.findall(r'figure-before">kỳ trước ([^<]+) <strong>\(([^)]+)\)', page)
    assert before == [("1", "±0"), ("1", "+1"), ("100,0% (1/1)", "+1"), ("0,0% (0/1)", "±0")]
    assert "figure-before" not in sign_in("lanhdao").get("/totals").text


def test_another_map_does_not_carry_a_code_that_means_another_unit_there(
    world: Listed, sign_in: SignIn
) -> None:
    fill(world)
    page = (
        sign_in("lanhdao").get("/totals?commune=21109&district=524").text
    )  # Đông Sơn today; another commune in 2025
    switches = page.split('class="switches')[1].split("</nav>")[0]
    [link] = re.findall(r'href="([^"]+)"[^>]*>30/06/2025', switches)
    assert "district=524" in link and "commune" not in link


def test_nothing_found_is_said_with_what_to_do(sign_in: SignIn) -> None:
    page = sign_in("lanhdao").get("/totals").text
    assert "Không có phát hiện nào với các điều kiện này." in page and "<svg" not in page


def test_page_has_no_inline_style_and_every_chart_has_a_title_and_a_table(
    world: Listed, sign_in: SignIn
) -> None:
    fill(world)
    page = sign_in("lanhdao").get("/totals").text
    assert " style=" not in page and "<style" not in page and "<script" not in page
    charts = re.findall(r"<svg class=.*?</svg>", page, re.DOTALL)
    assert len(charts) == 8 and page.count('<details class="numbers') == 4
    for svg in charts:
        named = re.search(r'aria-labelledby="(\S+) (\S+)"', svg)
        assert named and f'id="{named[1]}">' in svg and f'id="{named[2]}">' in svg


def test_page_asks_one_query_a_block_however_much_there_is(
    world: Listed, app: Flask, sign_in: SignIn
) -> None:
    client, statements = sign_in("lanhdao"), []
    fill(world)
    client.get("/totals?severity=2&by=commune&across=month")  # fills what a process keeps
    event.listen(
        app.extensions["inspect"].database.engine, "before_cursor_execute",
        lambda _c, _k, text, *_: statements.append(text),
    )  # fmt: skip
    spent = []
    for query in (
        "severity=2",
        "severity=2&by=commune&across=month",
        "severity=2&from=2026-01-01&to=2026-12-31",
    ):
        statements.clear()
        client.get(f"/totals?{query}")
        spent.append(
            len(
                [text for text in statements if re.search(r"FROM (finding|inspection|finding_tally)\b", text)]
            )
        )
    # units, criteria, months, visits by unit and by month; a table of other words and a comparison bring two more
    assert spent == [5, 7, 7], statements
