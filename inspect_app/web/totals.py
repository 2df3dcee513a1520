"""Totals: the page leaders read in ten seconds, and the same sums as CSV and XLSX."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, render_template, request, send_file
from flask_babel import gettext as _

from inspect_app.domain.people import Act
from inspect_app.domain.problems import BadValue
from inspect_app.domain.totals import Sums, Totals
from inspect_app.exchange.csv_table import write_csv
from inspect_app.exchange.xlsx_table import Sheet, write_workbook
from inspect_app.operations.desk import Desk
from inspect_app.operations.totalling import add_up

from .access import open_to
from .errors import say, say_fields
from .services import desk, services
from .totals_page import Request, faulty_page, read_parameters, whole_page

bp = Blueprint("totals", __name__)

HEADER = (
    "Mã", "Tên", "Phân theo", "Lượt kiểm tra", "Phát hiện", "Mức 1", "Mức 2", "Mức 3", "Mức 4", "Tái diễn", "n", "N",
)  # fmt: skip
WIDTHS = (12, 44, 34, 14, 12, 9, 9, 9, 9, 10, 10, 10)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_NAME = "tong-hop"
Cells = list[str | int | None]


def read_request(at: Desk) -> Request:
    """Filters and words of the address; BadValue names what is wrong."""
    return read_parameters(request.args.to_dict(flat=False), at.today)


@bp.get("/totals")
@open_to(Act.SEE_TOTALS)
def page() -> tuple[str, int]:
    """The page; an address with a fault in it is shown with the fault, ready to be mended."""
    at, given, settings = desk(), request.args.to_dict(flat=False), services().settings
    try:
        shown = whole_page(at, given, read_request(at), settings.period_day, settings.minimum_visits)
        return render_template("totals/page.html", **shown), 200
    except BadValue as problem:
        fault = {"fault": say(problem), "faults": say_fields(problem)}
        return render_template(
            "totals/page.html", **faulty_page(at, given, settings.period_day), **fault
        ), 400


@bp.get("/totals.csv")
@open_to(Act.SEE_TOTALS)
def csv_file() -> Response:
    at = desk()
    asked = read_request(at)
    found = add_up(at, asked.filters, asked.by, asked.across)
    response = Response(write_csv(HEADER, _rows(found)), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=_name(at, "csv"))
    return response


@bp.get("/totals.xlsx")
@open_to(Act.SEE_TOTALS)
def xlsx_file() -> Response:
    """The rows as in the CSV; with two words a second sheet that crosses them."""
    at = desk()
    asked = read_request(at)
    found = add_up(at, asked.filters, asked.by, asked.across)
    sheets = [Sheet(_("Tổng hợp"), HEADER, _rows(found), WIDTHS, frozenset({1, 2}))]
    if found.across:
        sheets.append(_matrix(found))
    scratch = services().settings.scratch
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xlsx-", dir=scratch) as folder:
        path = Path(folder) / "totals.xlsx"
        write_workbook(path, _("Tổng hợp tồn tại, vi phạm"), sheets)
        file = path.open("rb")  # the name goes now; the bytes go when the answer is sent
    response = send_file(file, XLSX, as_attachment=True, download_name=_name(at, "xlsx"), max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def _name(at: Desk, suffix: str) -> str:
    return f"{FILE_NAME}_{at.today.isoformat()}.{suffix}"


def _rows(found: Totals) -> Iterator[Cells]:
    for row in found.rows:
        across = _worded(found.across, row.across.label) if row.across else ""
        yield [row.head.code, _worded(found.by, row.head.label), across, *_numbers(row.sums)]
    yield ["Tổng", "", "", *_numbers(found.total)]


def _worded(word: str | None, label: str) -> str:
    """A spreadsheet takes 03/2026 for a day, "Tháng 03/2026" for words."""
    return f"Tháng {label}" if word == "month" else label


def _numbers(sums: Sums) -> list[int]:
    return [sums.visits, sums.findings, *sums.severity, sums.repeats, sums.n, sums.of]


def _matrix(found: Totals) -> Sheet:
    """Rows down, columns across, findings in the cells, empty where there are none; sums at both ends."""
    columns = {head: position for position, head in enumerate(found.columns, start=2)}
    lines: dict[object, Cells] = {}
    for row in found.rows:
        if row.across is None:
            continue
        blank: Cells = [row.head.code, _worded(found.by, row.head.label), *[None] * (len(columns) + 1)]
        line = lines.setdefault(row.head, blank)
        line[columns[row.across]] = row.sums.findings
        line[-1] = int(line[-1] or 0) + row.sums.findings
    last: Cells = ["Tổng", "", *[0] * (len(columns) + 1)]
    for line in lines.values():
        for position in range(2, len(last)):
            last[position] = int(last[position] or 0) + int(line[position] or 0)
    header = ["Mã", "Tên", *(_worded(found.across, head.label) for head in found.columns), "Tổng"]
    widths = (12, 40, *[14] * (len(columns) + 1))
    return Sheet(_("Bảng hai chiều"), header, [*lines.values(), last], widths)
