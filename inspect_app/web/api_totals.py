"""Totals for programs: sums by one or two words on any day's map (CONTRACT, "JSON")."""

from typing import Any

from apispec import APISpec
from flask import Blueprint, Response, jsonify

from inspect_app.domain.filters import THEN, Filters, to_query
from inspect_app.domain.people import Act
from inspect_app.domain.totals import WORDS
from inspect_app.operations.totalling import add_up

from .access import open_to
from .api_findings import filter_parameters
from .services import desk
from .totals import read_request
from .totals_links import DEFAULT_STATES

bp = Blueprint("api_totals", __name__, url_prefix="/api/v1")


@bp.get("/totals")
@open_to(Act.SEE_TOTALS)
def totals() -> Response:
    at = desk()
    asked = read_request(at)
    found = add_up(at, asked.filters, asked.by, asked.across)
    return jsonify(
        by=asked.by,
        across=asked.across,
        map=asked.filters.map_day.isoformat() if asked.filters.map_day else THEN,
        **{"from": _iso(asked.filters.from_day)},
        to=_iso(asked.filters.to_day),
        filters=_filters(asked.filters, at.today),
        rows=[row.as_json() for row in found.rows],
        total=found.total.as_json(),
    )


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


def _filters(filters: Filters, today: Any) -> dict[str, list[str]]:
    """The active filters by parameter, as an address would say them."""
    found: dict[str, list[str]] = {}
    for name, value in to_query(filters, today):
        if name not in ("map", "from", "to"):
            found.setdefault(name, []).append(value)
    return found


def describe(spec: APISpec) -> None:
    """Add this door to the description of all JSON doors."""
    words = {"type": "string", "enum": list(WORDS)}
    spec.path(
        "/api/v1/totals",
        operations={
            "get": {
                "parameters": [
                    {"in": "query", "name": "by", "schema": words | {"default": "district"}},
                    {"in": "query", "name": "across", "schema": words},
                    *filter_parameters(),
                ],
                "responses": {
                    "200": {"description": f"Sums; state defaults to {', '.join(DEFAULT_STATES)}"},
                    "400": {"description": "A parameter has a bad value"},
                },
            }
        },
    )
