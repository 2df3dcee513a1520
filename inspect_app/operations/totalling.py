"""Adding up for a viewer: the queries of storage/totals.py put together with the rules of domain/totals.py."""

from collections.abc import Mapping

from inspect_app.domain.filters import Filters
from inspect_app.domain.findings import CAUSES, GROUPS, SEVERITIES
from inspect_app.domain.inspections import KINDS
from inspect_app.domain.people import Act
from inspect_app.domain.totals import Totals, check_words, needs_units, roll_up, value_words, visits_add_up
from inspect_app.storage.finding_views import criterion_labels
from inspect_app.storage.totals import (
    Scope,
    count_visits,
    finding_cells,
    finding_visit_cells,
    visit_cells,
    visits_of_criteria,
)

from .desk import Desk


def add_up(desk: Desk, filters: Filters, by: str, across: str | None = None) -> Totals:
    """The table by one or two words, of what the viewer may see; BadValue for unknown words or codes."""
    check_words(by, across)
    desk.require(Act.SEE_TOTALS)
    scope = Scope(filters, desk.gazetteer, desk.viewer)
    words, with_units = value_words(by, across), needs_units(by, across)
    cells = finding_cells(desk.session, scope, words, with_units=with_units)
    all_visits = None
    if visits_add_up(by, across):
        visits = visit_cells(desk.session, scope, words, with_units=with_units)
    else:
        all_visits = count_visits(desk.session, scope)
        if "criterion" in words:
            visits = visits_of_criteria(cells)
        else:
            visits = finding_visit_cells(desk.session, scope, words, with_units=with_units)
    return roll_up(desk.gazetteer, by, across, filters.map_day, cells, visits, labels(desk), all_visits)


def labels(desk: Desk) -> Mapping[str, Mapping[str, str]]:
    """What values are called on screens and in files, by word."""
    return {
        "kind": KINDS,
        "cause": CAUSES,
        "group": {code: f"{code} {text}" for code, text in GROUPS.items()},
        "severity": {str(grade): f"{grade} – {text}" for grade, text in SEVERITIES.items()},
        "criterion": {code: f"{code} {text}" for code, text in criterion_labels(desk.session).items()},
    }
