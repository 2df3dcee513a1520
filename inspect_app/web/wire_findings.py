"""The violation list as JSON, field by field (CONTRACT, "JSON")."""

from typing import Any

from marshmallow import Schema, fields

from inspect_app.domain.finding_lines import FindingLine
from inspect_app.storage.finding_list import Page


class UnitOut(Schema):
    code = fields.String()
    valid_from = fields.Date()


class FindingPhotoOut(Schema):
    id = fields.String()
    sha256 = fields.String()


class FindingOut(Schema):
    id = fields.String()
    code = fields.String()
    inspection = fields.String(attribute="inspection_id")
    submission = fields.String(attribute="submission_id")
    criterion = fields.String()
    severity = fields.Integer()
    state = fields.String()
    kind = fields.String()
    day = fields.Date()
    unit = fields.Nested(UnitOut)
    responsible = fields.String()
    n = fields.Integer(allow_none=True)
    of = fields.Integer(allow_none=True)
    repeat = fields.Boolean()
    photos = fields.List(fields.Nested(FindingPhotoOut))


class FindingsOut(Schema):
    """A page of the list; `next` is the `cursor` of the page after it, or null."""

    items = fields.List(fields.Nested(FindingOut))
    next = fields.String(allow_none=True)


def page_json(page: Page) -> dict[str, Any]:
    lines: list[FindingLine] = page.lines
    dumped: dict[str, Any] = FindingsOut().dump(
        {"items": lines, "next": str(page.next) if page.next else None}
    )
    return dumped
