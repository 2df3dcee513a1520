"""The links of a person's home and header: what their role may open."""

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from inspect_app.domain.people import Act


@dataclass(frozen=True)
class Link:
    url: str
    label: str
    current: bool


def links() -> list[Link]:
    """Header links of the signed-in person; none before sign-in."""
    if not current_user.is_authenticated:
        return []
    rows = [
        ("inspect.list_work", _("Kiểm tra"), {Act.INSPECT}),
        ("review.queue", _("Rà soát"), {Act.REVIEW}),
        ("findings.list_findings", _("Danh sách vi phạm"), {Act.SEE_FINDINGS}),
        ("totals.page", _("Tổng hợp"), {Act.SEE_TOTALS}),
        ("campaigns.list_campaigns", _("Đợt kiểm tra"), {Act.SEE_PLANS}),
        ("kept.list_kept", _("Chờ xử lý"), {Act.SETTLE_KEPT}),
        ("people.list_people", _("Người dùng"), {Act.MANAGE_PEOPLE}),
        ("units.list_units", _("Đơn vị hành chính"), {Act.MANAGE_UNITS}),
        ("law.list_law", _("Căn cứ"), {Act.MANAGE_LAW}),
        ("checklists.list_checklists", _("Biểu mẫu kiểm tra"), {Act.PUBLISH_CHECKLISTS, Act.PLAN}),
        ("audit.list_audit", _("Nhật ký"), {Act.SEE_AUDIT}),
    ]
    return [
        Link(url_for(endpoint), label, bool(request.endpoint) and request.blueprint == endpoint.split(".")[0])
        for endpoint, label, acts in rows
        if any(current_user.may(act) for act in acts) and _exists(endpoint)
    ]


def _exists(endpoint: str) -> bool:
    from flask import current_app

    return endpoint in current_app.view_functions


def install(app: Flask) -> None:
    @app.context_processor
    def _context() -> dict[str, object]:
        return {"nav": links(), "Act": Act}
