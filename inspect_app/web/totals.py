"""Totals: the page leaders read in ten seconds, and the same sums as CSV and XLSX."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from flask import Blueprint, Response, render_template, request, send_file
from flask_babel import gettext as _

from inspect_app.domain.filters import Filters, parse_filters, to_query
from inspect_app.domain.maps import UNIT_WORDS
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue
from inspect_app.domain.totals import WORDS, Sums, TotalRow, Totals, check_words, rank
from inspect_app.exchange.csv_table import write_csv
from inspect_app.exchange.xlsx_table import Sheet, write_workbook
from inspect_app.operations.desk import Desk
from inspect_app.operations.totalling import add_up
from inspect_app.storage.finding_views import criterion_labels

from .access import open_to
from .charts import Bar, Bubble, bars, bubbles
from .errors import say, say_fields
from .filter_panel import Asked, address, make_panel
from .services import desk, services

bp = Blueprint("totals", __name__)

DEFAULT_STATES = ("confirmed",)
HEADER = (
    "Mã",
    "Tên",
    "Phân theo",
    "Lượt kiểm tra",
    "Phát hiện",
    "Mức 1",
    "Mức 2",
    "Mức 3",
    "Mức 4",
    "Tái diễn",
    "n",
    "N",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD_LABELS = {
    "province": N_("Tỉnh"),
    "district": N_("Huyện (địa bàn)"),
    "commune": N_("Xã, phường"),
    "criterion": N_("Tiêu chí"),
    "group": N_("Nhóm tiêu chí"),
    "severity": N_("Mức độ"),
    "cause": N_("Nguyên nhân"),
    "kind": N_("Hình thức"),
    "month": N_("Tháng"),
    "responsible": N_("Chịu trách nhiệm"),
}
FILTER_OF = {word: word for word in WORDS if word != "month"}
TOP_CRITERIA = 10
MONTHS = 24


@dataclass(frozen=True)
class Request:
    filters: Filters
    by: str
    across: str | None


def read_request(at: Desk) -> Request:
    """Filters and words of the address; BadValue names what is wrong."""
    by, across = request.args.get("by") or "district", request.args.get("across") or None
    check_words(by, across)
    filters = parse_filters(request.args.to_dict(flat=False), at.today, default_states=DEFAULT_STATES)
    return Request(filters, by, across)


@bp.get("/totals")
@open_to(Act.SEE_TOTALS)
def page() -> tuple[str, int]:
    at = desk()
    try:
        asked = read_request(at)
        return render_template("totals/page.html", **_panel(at, asked), **_figures(at, asked)), 200
    except BadValue as problem:
        fault = {"fault": say(problem), "faults": say_fields(problem)}
        return render_template("totals/page.html", **_panel(at, None), **fault), 400


def _panel(at: Desk, asked: Request | None) -> dict[str, object]:
    extra = [("by", asked.by), *([("across", asked.across)] if asked.across else [])] if asked else []
    panel = make_panel(
        Asked("totals.page", request.args.to_dict(flat=False), asked.filters if asked else None, DEFAULT_STATES),
        at.gazetteer, at.today, services().settings.period_day, criterion_labels(at.session), extra=extra,
    )  # fmt: skip
    return {"panel": panel, "words": WORD_LABELS, "asked": asked}


def _figures(at: Desk, asked: Request) -> dict[str, object]:
    filters, minimum = asked.filters, services().settings.minimum_visits
    table = add_up(at, filters, asked.by, asked.across)
    districts = add_up(at, filters, "district")
    communes = add_up(at, filters, "commune")
    criteria = add_up(at, filters, "criterion")
    months = add_up(at, filters, "month")
    top = sorted(criteria.rows, key=lambda row: -row.sums.findings)[:TOP_CRITERIA]
    return {
        "table": table,
        "ranked": [(None, row) for row in table.rows] if asked.across else rank(table.rows, minimum),
        "minimum": minimum,
        "total": districts.total,
        "districts": districts,
        "district_bars": bars([_bar(at, filters, "district", row) for row in districts.rows]),
        "bubbles": bubbles([bubble for row in communes.rows if (bubble := _bubble(at, filters, row))]),
        "communes": communes,
        "top": top,
        "top_bars": bars([_bar(at, filters, "criterion", row) for row in top]),
        "months": months.rows[-MONTHS:],
        "month_bars": bars([_bar(at, filters, "month", row) for row in months.rows[-MONTHS:]]),
        "drill": lambda row: drill(at.today, filters, asked.by, asked.across, row),
        "drill_by": lambda word, row: drill(at.today, filters, word, None, row),
        "files": [(_file(at, asked, "csv"), "CSV"), (_file(at, asked, "xlsx"), "Excel (XLSX)")],
        "shown_from": filters.from_day,
        "shown_to": filters.to_day,
        "undetermined": [row for row in communes.rows if row.head.status == "undetermined"],
    }


def _bar(at: Desk, filters: Filters, word: str, row: TotalRow) -> Bar:
    grave = row.sums.severity[2] + row.sums.severity[3]
    return Bar(
        row.head.label, row.sums.findings, grave, row.sums.visits, drill(at.today, filters, word, None, row)
    )


def _bubble(at: Desk, filters: Filters, row: TotalRow) -> Bubble | None:
    place = row.head.place
    if place is None or place.unit.lat is None or place.unit.lon is None or not row.sums.findings:
        return None
    return Bubble(
        row.head.label, place.unit.lat, place.unit.lon, row.sums.findings, row.sums.visits,
        drill(at.today, filters, "commune", None, row),
    )  # fmt: skip


def drill(today: date, filters: Filters, by: str, across: str | None, row: TotalRow) -> str:
    """The address of the list that holds just the findings of a row."""
    found = filters
    for word, head in ((by, row.head), (across, row.across)):
        if word is not None and head is not None:
            found = _narrowed(found, word, head.code, head.status, head.valid_from)
    return address("findings.list_findings", to_query(found, today))


def _narrowed(filters: Filters, word: str, code: str, status: str, valid_from: date | None) -> Filters:
    if word == "month":
        first = date.fromisoformat(f"{code}-01")
        last = date.fromordinal(date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal() - 1)
        return replace(
            filters,
            from_day=max(first, filters.from_day or first),
            to_day=min(last, filters.to_day or last),
        )
    if word in UNIT_WORDS:
        exact = f"{code}@{valid_from.isoformat()}" if valid_from else code
        code = f"undetermined:{exact}" if status == "undetermined" else exact
    value: object = int(code) if word == "severity" else code
    return replace(filters, **{word: (value,)})  # type: ignore[arg-type]


def _file(at: Desk, asked: Request, kind: str) -> str:
    query = [("by", asked.by), *([("across", asked.across)] if asked.across else [])]
    return address(
        f"totals.as_{kind}", [*query, *to_query(asked.filters, at.today, default_states=DEFAULT_STATES)]
    )


@bp.get("/totals.csv")
@open_to(Act.SEE_TOTALS)
def as_csv() -> Response:
    at = desk()
    asked = read_request(at)
    found = add_up(at, asked.filters, asked.by, asked.across)
    body = b"".join(write_csv(HEADER, _rows(found)))
    return Response(
        body, mimetype="text/csv", headers={"Content-Disposition": "attachment; filename=tong-hop.csv"}
    )


@bp.get("/totals.xlsx")
@open_to(Act.SEE_TOTALS)
def as_xlsx() -> Response:
    at = desk()
    asked = read_request(at)
    found = add_up(at, asked.filters, asked.by, asked.across)
    sheets = [Sheet(_("Tổng hợp"), HEADER, _rows(found), (12, 40, 24, 14, 12, 9, 9, 9, 9, 10, 10, 10))]
    if found.across:
        sheets.append(_matrix(found))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tong-hop.xlsx"
        write_workbook(path, _("Tổng hợp"), sheets)
        # Opened here and unlinked with its folder: the answer streams from the open file.
        return send_file(path.open("rb"), XLSX, as_attachment=True, download_name=path.name)


def _rows(found: Totals) -> Iterator[list[str | int]]:
    for row in found.rows:
        across = row.across.label if row.across else ""
        yield [row.head.code, row.head.label, across, *_numbers(row.sums)]
    yield ["Tổng", "", "", *_numbers(found.total)]


def _numbers(sums: Sums) -> list[str | int]:
    return [sums.visits, sums.findings, *sums.severity, sums.repeats, sums.n, sums.of]


def _matrix(found: Totals) -> Sheet:
    """Rows down, columns across, findings in the cells."""
    columns = [(head.status, head.code, head.valid_from, head.label) for head in found.columns]
    cells: dict[object, dict[object, int]] = {}
    names: dict[object, str] = {}
    for row in found.rows:
        key = (row.head.status, row.head.code, row.head.valid_from)
        names[key] = row.head.label
        if row.across:
            column = (row.across.status, row.across.code, row.across.valid_from)
            cells.setdefault(key, {})[column] = row.sums.findings
    body: list[list[str | int]] = [
        [names[key], *(cells.get(key, {}).get(column[:3], 0) for column in columns)] for key in names
    ]
    return Sheet(
        _("Bảng chéo"), [_("Tên"), *(column[3] for column in columns)], body, (40, *[14] * len(columns))
    )
