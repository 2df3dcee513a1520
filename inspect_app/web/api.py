"""The JSON doors that write, who I am, and the description of all JSON doors."""

import uuid
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, jsonify, request
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from marshmallow import ValidationError

from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, BadValue, NotFound
from inspect_app.operations.receiving import FaultyAnswers, receipt_of, receive
from inspect_app.storage.submissions import SubmissionRow

from . import api_findings, api_inspections, api_offline, api_sealed, api_totals, tus, wire
from .access import ANYONE, SIGNED_IN, open_to
from .errors import say
from .language import term
from .phone_headers import clock_offset
from .services import desk, services

bp = Blueprint("api", __name__, url_prefix="/api/v1")

STATUS = {"created": 201, "repeated": 200, "kept": 202}


@bp.get("/me")
@open_to(SIGNED_IN)
def me() -> Response:
    return jsonify(
        wire.MeOut().dump(
            {
                "username": current_user.username,
                "role": current_user.role.value,
                "csrf_token": generate_csrf(),
                "time": services().clock(),
            }
        )
    )


@bp.put("/submissions/<uuid:submission_id>")
@open_to(Act.INSPECT)
def put_submission(submission_id: uuid.UUID) -> tuple[Response, int]:
    """Take in a filled checklist: 201 first, 200 the same again, 202 kept for a person; 400 only if it is no document.

    `Prefer: handling=strict`: faulty answers are answered 422 with their faults, and nothing is taken in.
    `X-Sent-At`: the sender's clock at this moment, so that ours can tell how far it is off.
    """
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadValue(N_("Nội dung gửi lên không phải là một phiếu kiểm tra dạng JSON."))
    try:
        document = wire.SUBMISSION.document(
            str(submission_id), body, clock_offset=clock_offset(), strict=_wants_strict()
        )
    except ValidationError as error:
        raise BadValue(
            N_("Nội dung gửi lên không phải là một phiếu kiểm tra dạng JSON."),
            fields=wire.flat(error.messages),
        ) from None
    try:
        receipt = receive(desk(), document)
    except FaultyAnswers as problem:
        faults = [{"question": fault.question, "message": term(fault.message)} for fault in problem.faults]
        return jsonify(message=say(problem), faults=faults), problem.status
    outcome = "kept" if receipt.status == "kept" else receipt.outcome
    return jsonify(wire.receipt_json(receipt)), STATUS[outcome]


@bp.get("/submissions/<uuid:submission_id>")
@open_to(Act.INSPECT)
def get_receipt(submission_id: uuid.UUID) -> Response:
    """The receipt again, for its sender: what the server holds of a submission."""
    row = desk().session.get(SubmissionRow, str(submission_id))
    if row is None or row.person_id != current_user.person_id:
        raise NotFound(N_("Không tìm thấy biên nhận này."))
    return jsonify(wire.receipt_json(receipt_of(desk(), row)))


def _wants_strict() -> bool:
    told = ",".join(request.headers.getlist("Prefer")).lower()
    return any(part.strip() == "handling=strict" for part in told.split(","))


@bp.get("/openapi.json")
@open_to(ANYONE)
def openapi() -> Response:
    return jsonify(describe().to_dict())


def describe() -> APISpec:
    """OpenAPI of every JSON door; tests/web/test_openapi.py holds it against the routes."""
    spec = APISpec(
        title="Kiểm tra Một cửa · Quảng Ngãi",
        version="1",
        openapi_version="3.0.3",
        plugins=[MarshmallowPlugin()],
    )
    spec.components.schema("Me", schema=wire.MeOut)
    spec.components.schema("Submission", schema=wire.SubmissionIn)
    spec.components.schema("Receipt", schema=wire.ReceiptOut)
    spec.path("/api/v1/me", operations={"get": _answers("Me")})
    spec.path(
        "/api/v1/submissions/{submission_id}",
        parameters=[
            {
                "in": "path",
                "name": "submission_id",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }
        ],
        operations={
            "get": _answers("Receipt"),
            "put": {
                "requestBody": {"required": True, "content": _json("Submission")},
                "responses": {
                    "200": {
                        "description": "The same content was received before",
                        "content": _json("Receipt"),
                    },
                    "201": {"description": "Received", "content": _json("Receipt")},
                    "202": {"description": "Kept; a person must look", "content": _json("Receipt")},
                    "400": {"description": "Not this document"},
                    "422": {
                        "description": "Faulty answers, and Prefer: handling=strict: nothing was taken in"
                    },
                },
            },
        },
    )
    api_findings.describe(spec)
    api_inspections.describe(spec)
    api_totals.describe(spec)
    api_offline.describe(spec)
    api_sealed.describe(spec)
    tus.describe(spec)
    return spec


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _answers(schema: str) -> dict[str, Any]:
    return {"responses": {"200": {"description": "OK", "content": _json(schema)}}}
