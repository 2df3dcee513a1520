"""What may enter and leave as JSON, field by field (CONTRACT, "JSON"). Types only: operations decide."""

from math import isfinite
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load, validate

from inspect_app.domain.clocks import LARGEST
from inspect_app.domain.documents import Document, PhotoClaim
from inspect_app.domain.text import nfc
from inspect_app.operations.receiving import Receipt

HASH = validate.Regexp(r"^[0-9a-fA-F]{64}$")


class Text(fields.String):
    """Text in NFC, as at every door."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        return nfc(super()._deserialize(*args, **kwargs))


class Moment(fields.AwareDateTime):
    """A time with its zone. However wrong a clock is, its years can be moved from zone to zone."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        value = super()._deserialize(*args, **kwargs)
        if not 1 < value.year < 9999:
            raise self.make_error("invalid", input=args[0], obj_type=self.OBJ_TYPE)
        return value


class PhotoIn(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.UUID(required=True)
    question = Text(required=True, validate=validate.Length(min=1, max=80))
    sha256 = Text(required=True, validate=HASH)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**53))
    taken_at = Moment(allow_none=True, load_default=None)
    lat = fields.Float(allow_none=True, load_default=None, validate=validate.Range(-90, 90))
    lon = fields.Float(allow_none=True, load_default=None, validate=validate.Range(-180, 180))
    accuracy = fields.Float(allow_none=True, load_default=None)
    source = Text(allow_none=True, load_default="", validate=validate.Length(max=10))
    caption = Text(allow_none=True, load_default="", validate=validate.Length(max=300))
    covers = fields.UUID(allow_none=True, load_default=None)
    original_sha256 = Text(allow_none=True, load_default=None, validate=HASH)
    original_size = fields.Integer(
        allow_none=True, load_default=None, strict=True, validate=validate.Range(0, 2**53)
    )

    @post_load
    def claim(self, data: dict[str, Any], **_: Any) -> PhotoClaim:
        plain = {name: str(data[name]) for name in ("id", "covers") if data[name]}
        hashes = {name: data[name].lower() for name in ("sha256", "original_sha256") if data[name]}
        words = {name: data[name] or "" for name in ("source", "caption")}
        return PhotoClaim(**data | plain | hashes | words)


class VisitIn(Schema):
    """A surprise visit that the phone started: enough for a person to make it where we could not."""

    class Meta:
        unknown = EXCLUDE

    unit = Text(required=True, validate=validate.Length(max=20))
    reason = Text(load_default="", validate=validate.Length(max=2000))


class SubmissionIn(Schema):
    """The document of PUT /api/v1/submissions/<uuid>; its `id` is the one of the address."""

    class Meta:
        unknown = EXCLUDE

    inspection = Text(required=True, validate=validate.Length(min=1, max=80))
    checklist = Text(required=True, validate=validate.Length(min=1, max=80))
    version = Text(required=True, validate=validate.Length(min=1, max=40))
    started_at = Moment(allow_none=True, load_default=None)
    finished_at = Moment(allow_none=True, load_default=None)
    replaces = fields.UUID(allow_none=True, load_default=None)
    answers = fields.Dict(keys=Text(validate=validate.Length(max=120)), required=True)
    photos = fields.List(fields.Nested(PhotoIn), load_default=list, validate=validate.Length(max=2000))
    base = fields.Dict(keys=Text(validate=validate.Length(max=120)), allow_none=True, load_default=None)
    visit = fields.Nested(VisitIn, allow_none=True, load_default=None)

    @pre_load
    def plain(self, data: Any, **_: Any) -> Any:
        """An empty `replaces` means none, as on the page."""
        if isinstance(data, dict) and data.get("replaces") == "":
            return data | {"replaces": None}
        return data

    def document(self, submission_id: str, body: Any, **more: Any) -> Document:
        """`more`: what stands in no body, as Document names it."""
        data = self.load(body)
        plain = {
            "answers": _value(data["answers"]),
            "base": _value(data["base"]),
            "replaces": str(data["replaces"]) if data["replaces"] else None,
        }
        return Document(**data | plain, id=submission_id, **{"door": "json", **more})


def _value(value: Any) -> Any:
    """Text is NFC at every door; what is no number becomes the word for it; nested values are left for the judge."""
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {nfc(name): _value(item) for name, item in value.items()}
    return value


class InspectionIn(Schema):
    """The document of PUT /api/v1/inspections/<uuid>: a surprise visit that a phone started."""

    class Meta:
        unknown = EXCLUDE

    unit = Text(required=True, validate=validate.Length(min=1, max=20))
    checklist = Text(required=True, validate=validate.Length(min=1, max=80))
    version = Text(required=True, validate=validate.Length(min=1, max=40))
    reason = Text(required=True, validate=[validate.Length(max=2000), validate.Regexp(r"(?s).*\S")])
    started_at = Moment(required=True)
    # Seconds from the phone's clock to ours when the visit began, where the phone knew; its clock may have jumped since.
    clock_offset = fields.Integer(strict=True, validate=validate.Range(-LARGEST, LARGEST))


class InspectionOut(Schema):
    id = fields.String()
    number = fields.String(allow_none=True)
    state = fields.String()
    reasons = fields.List(fields.String())


class FileOut(Schema):
    id = fields.String()
    sha256 = fields.String()
    size = fields.Integer()
    state = fields.String()


class FaultOut(Schema):
    question = fields.String()
    message = fields.String()


class DisagreementOut(Schema):
    question = fields.String()
    theirs = fields.Raw(allow_none=True)
    mine = fields.Raw(allow_none=True)


class ReceiptOut(Schema):
    id = fields.String()
    status = fields.String()
    code = fields.String()
    received_at = fields.AwareDateTime(format="iso")
    files = fields.List(fields.Nested(FileOut))
    faults = fields.List(fields.Nested(FaultOut))
    reasons = fields.List(fields.String())
    merged = fields.List(fields.String())
    conflicts = fields.List(fields.Nested(DisagreementOut))


# Building a schema costs more than reading or writing with it.
SUBMISSION, RECEIPT = SubmissionIn(), ReceiptOut()


def flat(messages: Any, prefix: str = "") -> dict[str, str]:
    """{"photos": {0: {"sha256": [...]}}} as {"photos.0.sha256": "..."}."""
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for key, value in messages.items():
            found |= flat(value, f"{prefix}.{key}" if prefix else str(key))
        return found
    return {prefix: " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)}


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    row = receipt.submission
    dumped: dict[str, Any] = RECEIPT.dump(
        {
            "id": row.id,
            "status": receipt.status,
            "code": receipt.code,
            "received_at": row.received_at,
            "files": receipt.photos,
            "faults": row.faults,
            "reasons": receipt.reasons,
            "merged": receipt.merged,
            "conflicts": receipt.conflicts,
        }
    )
    return dumped


class MeOut(Schema):
    username = fields.String()
    role = fields.String()
    csrf_token = fields.String()
    time = fields.AwareDateTime(format="iso")
