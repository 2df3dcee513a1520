"""The JSON door for a surprise visit that a phone started without network: announced, with an id the phone made."""

import uuid

from apispec import APISpec
from flask import Blueprint, Response, jsonify, request
from marshmallow import ValidationError

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue
from inspect_app.operations.announcing import Announcement, announce

from . import wire
from .access import open_to
from .phone_headers import clock_offset
from .services import desk

bp = Blueprint("api_inspections", __name__, url_prefix="/api/v1/inspections")

STATUS = {"created": 201, "repeated": 200, "kept": 202}
INSPECTION = wire.InspectionIn()


@bp.put("/<uuid:visit_id>")
@open_to(Act.INSPECT)
def put_inspection(visit_id: uuid.UUID) -> tuple[Response, int]:
    """201 made, 200 made before, 202 not made by rule: a person decides when its submission is here."""
    body = request.get_json(silent=True)
    try:
        told = INSPECTION.load(body if isinstance(body, dict) else {})
    except ValidationError as error:
        raise BadValue(
            N_("Nội dung gửi lên không phải là một cuộc kiểm tra dạng JSON."),
            fields=wire.flat(error.messages),
        ) from None
    answer = announce(desk(), Announcement(id=str(visit_id), **({"clock_offset": clock_offset()} | told)))
    made = answer.inspection
    told_back = {
        "id": str(visit_id),
        "number": made.number if made else None,
        "state": made.state if made else "kept",
        "reasons": answer.reasons,
    }
    return jsonify(told_back), STATUS[answer.outcome]


def describe(spec: APISpec) -> None:
    """Add this door to the description of all JSON doors."""
    spec.components.schema("Inspection", schema=wire.InspectionIn)
    spec.components.schema("InspectionAnswer", schema=wire.InspectionOut)
    answer = {"application/json": {"schema": "InspectionAnswer"}}
    spec.path(
        "/api/v1/inspections/{visit_id}",
        parameters=[
            {
                "in": "path",
                "name": "visit_id",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }
        ],
        operations={
            "put": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": "Inspection"}}},
                "responses": {
                    "200": {"description": "Made before", "content": answer},
                    "201": {"description": "Made", "content": answer},
                    "202": {"description": "Not made by rule; a person decides", "content": answer},
                    "400": {"description": "Not this document"},
                },
            }
        },
    )
