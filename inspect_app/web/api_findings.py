"""The violation list for programs: the same filters as the page, in pages behind a cursor."""

from typing import Any

from apispec import APISpec
from flask import Blueprint, Response, jsonify

from inspect_app.domain.maps import Map
from inspect_app.domain.people import Act
from inspect_app.storage.finding_list import finding_clauses, list_findings

from . import wire_findings
from .access import open_to
from .findings import read_cursor, read_filters
from .services import desk

bp = Blueprint("api_findings", __name__, url_prefix="/api/v1")

PAGE = 200
PARAMETERS = (
    "map", "from", "to", "province", "district", "commune", "kind", "criterion", "group", "severity", "cause", "state",
    "repeat", "q", "inspection", "responsible",
)  # fmt: skip


@bp.get("/findings")
@open_to(Act.SEE_FINDINGS)
def findings() -> Response:
    at = desk()
    filters = read_filters(at)
    clauses = finding_clauses(filters, at.gazetteer, at.viewer)
    page = list_findings(
        at.session, clauses, Map(at.gazetteer, filters.map_day), limit=PAGE, after=read_cursor()
    )
    return jsonify(wire_findings.page_json(page))


def describe(spec: APISpec) -> None:
    """Add this door to the description of all JSON doors."""
    spec.components.schema("Findings", schema=wire_findings.FindingsOut)
    spec.path(
        "/api/v1/findings",
        operations={
            "get": {
                "parameters": [*filter_parameters(), _parameter("cursor", several=False)],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": "Findings"}},
                    },
                    "400": {"description": "A parameter has a bad value"},
                },
            }
        },
    )


def filter_parameters() -> list[dict[str, Any]]:
    """The filters, as OpenAPI parameters."""
    return [_parameter(name, several=name not in ("map", "from", "to", "repeat", "q")) for name in PARAMETERS]


def _parameter(name: str, *, several: bool) -> dict[str, Any]:
    plain = {"type": "string"}
    return {"in": "query", "name": name, "schema": {"type": "array", "items": plain} if several else plain}
