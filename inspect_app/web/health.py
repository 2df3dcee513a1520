"""Alive, able to serve, and figures for Prometheus."""

from hmac import compare_digest

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text

from inspect_app.domain.problems import N_, Forbidden
from inspect_app.storage.findings import FindingRow
from inspect_app.storage.schema import is_current
from inspect_app.storage.submissions import BlobRow, SubmissionRow

from .access import ANYONE, open_to
from .services import db, services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to(ANYONE)
def alive() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@open_to(ANYONE)
def ready() -> tuple[Response, int]:
    """503 until the database answers and its tables are those of this program, and evidence can be written."""
    checks = {"database": False, "evidence": False}
    try:
        db().execute(text("SELECT 1"))
        checks["database"] = is_current(db())
        checks["evidence"] = services().evidence.writable()
    except Exception:  # noqa: S110 - whatever is wrong, the answer is "not ready"
        pass
    good = all(checks.values())
    return jsonify(ready=good, checks=checks), 200 if good else 503


@bp.get("/metrics")
@open_to(ANYONE)
def metrics() -> Response:
    """Counted in the database, so that every server of many gives the same figures."""
    _require_loopback_or_token()
    registry = CollectorRegistry()
    kinds = Gauge("inspect_submissions", "Submissions by status", ["status"], registry=registry)
    for status, count in db().execute(
        select(SubmissionRow.status, func.count()).group_by(SubmissionRow.status)
    ):
        kinds.labels(status).set(count)
    states = Gauge("inspect_findings", "Findings by state", ["state"], registry=registry)
    for state, count in db().execute(select(FindingRow.state, func.count()).group_by(FindingRow.state)):
        states.labels(state).set(count)
    stored = Gauge("inspect_evidence_bytes", "Bytes of evidence kept", registry=registry)
    stored.set(int(db().scalar(select(func.coalesce(func.sum(BlobRow.size), 0))) or 0))
    return Response(generate_latest(registry), mimetype=CONTENT_TYPE_LATEST)


def _require_loopback_or_token() -> None:
    token = services().settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    if not (local or (token and compare_digest(given.encode(), token.encode()))):
        raise Forbidden(N_("Chỉ máy chủ này hoặc người có khóa được xem số đo."))
