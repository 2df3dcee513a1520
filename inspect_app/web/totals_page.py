"""What the page of totals shows: figures, charts with their tables, the table of one or two words, and links between.

Everything is made here from `operations.totalling`; the template only writes it down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from flask_babel import gettext as _

from inspect_app.domain.filter_places import Said, summary
from inspect_app.domain.filters import Filters, parse_filters, to_query
from inspect_app.domain.maps import UNIT_WORDS
from inspect_app.domain.people import Role
from inspect_app.domain.problems import N_, BadValue
from inspect_app.domain.sentences import Sentence
from inspect_app.domain.text import format_number, format_share
from inspect_app.domain.totals import WORDS, Sums, TotalRow, Totals, check_words, rank
from inspect_app.operations.desk import Desk
from inspect_app.operations.totalling import Adding, Before, add_up_before
from inspect_app.storage.finding_views import criterion_labels

from .charts import NARROW, WIDE, draw_bars, draw_map, draw_trend
from .filter_panel import Asked, Query, address, make_panel
from .language import term
from .totals_charts import (
    commune_points,
    criterion_bars,
    grave,
    make_matrix,
    month_columns,
    per_visit,
    place_bars,
)
from .totals_links import DEFAULT_STATES, drill_down, map_picks, without_period

WIDTHS = (WIDE, NARROW)  # every chart is drawn twice, for a desk and for a phone or paper
STATE_LABEL = N_("Trạng thái")
WORD_LABELS = {
    "province": N_("Tỉnh"), "district": N_("Huyện"), "commune": N_("Xã, phường"), "criterion": N_("Tiêu chí"),
    "group": N_("Nhóm tiêu chí"), "severity": N_("Mức độ"), "cause": N_("Nguyên nhân"), "kind": N_("Hình thức"),
    "month": N_("Tháng"), "responsible": N_("Chịu trách nhiệm"),
}  # fmt: skip
TOP = 10  # criteria in their chart


@dataclass(frozen=True)
class Request:
    filters: Filters
    by: str
    across: str | None

    @property
    def words(self) -> Query:
        """`by` and `across` as the address has them, the default left out."""
        across = [("across", self.across)] if self.across else []
        return [*([("by", self.by)] if self.by != "district" or across else []), *across]


def read_parameters(given: Mapping[str, Sequence[str]], today: date) -> Request:
    """Filters and words of an address; BadValue names what is wrong."""
    last = {name: ([value.strip() for value in given.get(name, ())] or [""])[-1] for name in ("by", "across")}
    by, across = last["by"] or "district", last["across"] or None
    for name, word in (("by", by), ("across", across)):
        if word is not None and word not in WORDS:
            text = N_("Không phân theo “%(word)s” được.")
            raise BadValue(text, fields={name: Sentence(text, word=word)}, word=word)
    check_words(by, across)
    return Request(parse_filters(given, today, default_states=DEFAULT_STATES), by, across)


def faulty_page(at: Desk, given: Mapping[str, Sequence[str]], period_day: int) -> dict[str, Any]:
    """The page whose address cannot be read: its filters, to be mended."""
    return {"panel": _panel(at, given, None, period_day)}


def whole_page(
    at: Desk, given: Mapping[str, Sequence[str]], asked: Request, period_day: int, minimum: int
) -> dict[str, Any]:
    """All that the template shows; BadValue for a code that means nothing on the map."""
    adding = Adding(at, asked.filters)
    districts, communes = adding.table("district"), adding.table("commune")
    criteria, months = adding.table("criterion"), adding.table("month")
    table = adding.table(asked.by, asked.across)
    before = add_up_before(at, asked.filters, period_day)
    drill = partial(drill_down, at.today, asked.filters)
    # One district alone says little: then its communes are compared.
    word, places = ("district", districts) if len(districts.rows) > 1 else ("commune", communes)
    top = sorted(criteria.rows, key=lambda row: (-row.sums.findings, row.head.code))
    ranked_places = rank(places.rows, minimum)
    bars = place_bars(ranked_places, minimum, partial(drill, word))
    top_bars = criterion_bars(top[:TOP], partial(drill, "criterion"))
    points = commune_points(at, asked.filters, communes, partial(drill, "commune"))
    columns = month_columns(months, partial(drill, "month"))
    return {
        "panel": _panel(at, given, asked, period_day),
        "said": _said(at, asked.filters),
        "maps": map_picks(at, asked.filters, asked.words),
        "asked": asked,
        "query": to_query(asked.filters, at.today, default_states=DEFAULT_STATES),
        "words": WORD_LABELS,
        "minimum": minimum,
        "drill": drill,
        "per_visit": per_visit,
        "total": districts.total,
        "everything": without_period(at, asked.filters, asked.words),
        "figures": _figures(at, asked.filters, districts.total, _units_seen(communes), before),
        "before": before,
        "unfinished": bool(before and asked.filters.to_day and asked.filters.to_day > at.today),
        "place_word": word,
        "place_rows": ranked_places,
        "place_charts": [draw_bars(bars, width) for width in WIDTHS],
        "communes": _unranked(communes.rows),
        "maps_drawn": [draw_map(points, width - 40) for width in WIDTHS],
        "criteria": _unranked(top),
        "criterion_charts": [draw_bars(top_bars, width, tall=True) for width in WIDTHS],
        "months": _unranked(months.rows),
        "trends": [draw_trend(columns, width) for width in WIDTHS],
        "undetermined": _undetermined(districts, communes),
        "table": table,
        "ranked": rank(table.rows, minimum) if _is_ranked(asked) else _unranked(_by_weight(table)),
        "is_ranked": _is_ranked(asked),
        "matrix": make_matrix(table) if asked.across else None,
        "files": [(address(f"totals.{kind}_file", _file_query(at, asked)), kind.upper()) for kind in ("csv", "xlsx")],
        "list": address("findings.list_findings", to_query(asked.filters, at.today)),
    }  # fmt: skip


def _panel(at: Desk, given: Mapping[str, Sequence[str]], asked: Request | None, period_day: int) -> Any:
    raw = Asked("totals.page", given, asked.filters if asked else None, DEFAULT_STATES)
    panel = make_panel(
        raw, at.gazetteer, at.today, period_day, criterion_labels(at.session), extra=asked.words if asked else [],
        with_states=at.viewer.role != Role.UNIT_OFFICER,
    )  # fmt: skip
    if not asked or asked.filters.state != DEFAULT_STATES:
        return panel
    by_default = f"{term(STATE_LABEL)}: "  # said below the title, and nothing the reader chose
    return replace(panel, chips=[chip for chip in panel.chips if not chip.label.startswith(by_default)])


def _file_query(at: Desk, asked: Request) -> Query:
    return [*asked.words, *to_query(asked.filters, at.today, default_states=DEFAULT_STATES)]


def _said(at: Desk, filters: Filters) -> list[Said]:
    """What is added up, in words, for the line below the title and for the printed page."""
    return [said for said in summary(filters, at.gazetteer) if said.field not in ("from_day", "to_day")]


@dataclass(frozen=True)
class Figure:
    label: str
    value: str
    note: str
    before: str  # the same of the previous period, empty without one
    change: str
    url: str
    grave: bool = False


def _figures(at: Desk, filters: Filters, total: Sums, units: int, before: Before | None) -> list[Figure]:
    def link(**changes: Any) -> str:
        return address("findings.list_findings", to_query(replace(filters, **changes), at.today))

    def compared(value: int, old: Sums | None, count: Any, of: Any = None) -> tuple[str, str]:
        if old is None:
            return "", ""
        was = count(old)
        text = format_share(was, of(old)) if of else format_number(was)
        return text, f"{'+' if value > was else '−' if value < was else '±'}{format_number(abs(value - was))}"

    old = before.sums if before else None
    severe = [grade for grade in (3, 4) if not filters.severity or grade in filters.severity]
    per_visit = format_number(total.findings / total.visits, 1) if total.visits else "–"
    return [
        Figure(
            _("Lượt kiểm tra"), format_number(total.visits), _("tại %(count)s đơn vị", count=format_number(units)),
            *compared(total.visits, old, lambda sums: sums.visits), "",
        ),
        Figure(
            _("Tồn tại, vi phạm"), format_number(total.findings), _("%(number)s mỗi lượt", number=per_visit),
            *compared(total.findings, old, lambda sums: sums.findings), link(),
        ),
        Figure(
            _("Trong đó mức 3–4"), format_number(grave(total)), format_share(grave(total), total.findings),
            *compared(grave(total), old, grave, lambda sums: sums.findings),
            link(severity=tuple(severe)) if severe else "", True,
        ),
        Figure(
            _("Tái diễn"), format_number(total.repeats), format_share(total.repeats, total.findings),
            *compared(total.repeats, old, lambda sums: sums.repeats, lambda sums: sums.findings), link(repeat=True),
        ),
    ]  # fmt: skip


def _units_seen(communes: Totals) -> int:
    return sum(1 for row in communes.rows if row.sums.visits)


def _undetermined(*tables: Totals) -> list[tuple[str, TotalRow]]:
    return [
        (table.by, row)
        for table in tables
        for row in table.rows
        if row.head.status == "undetermined" and (row.sums.findings or row.sums.visits)
    ]


def _unranked(rows: Sequence[TotalRow]) -> list[tuple[None, TotalRow]]:
    return [(None, row) for row in rows]


def _is_ranked(asked: Request) -> bool:
    return asked.across is None and asked.by in UNIT_WORDS


def _by_weight(table: Totals) -> list[TotalRow]:
    if table.by == "criterion" and table.across is None:
        return sorted(table.rows, key=lambda row: (-row.sums.findings, row.head.code))
    return table.rows
