"""What both doors for sealed rows bring to operations/unsealing.py: transactions, evidence, and the reading of JSON."""

from contextlib import AbstractContextManager
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from inspect_app.domain.documents import Document
from inspect_app.domain.problems import N_, BadValue
from inspect_app.operations.announcing import Announcement
from inspect_app.operations.unsealing import Room

from . import wire
from .services import services

INSPECTION = wire.InspectionIn()


def room(door: str, clock_offset: int | None = None) -> Room:
    """`clock_offset`: seconds from the sending phone's clock to ours, where it is known."""
    service = services()
    return Room(
        _open_session, service.evidence, service.clock(), service.settings.timezone, door, _read_document,
        _read_announcement, clock_offset,
    )  # fmt: skip


def _open_session(*, writing: bool) -> AbstractContextManager[Session]:
    database = services().database
    return (database.writing if writing else database.reading).begin()


def _read_document(id: str, body: dict[str, Any], **more: Any) -> Document:
    try:
        return wire.SUBMISSION.document(id, body, **more)
    except ValidationError as error:
        raise _no_record(error) from None


def _read_announcement(id: str, body: dict[str, Any], **more: Any) -> Announcement:
    try:
        return Announcement(id=id, **(more | INSPECTION.load(body)))
    except ValidationError as error:
        raise _no_record(error) from None


def _no_record(error: ValidationError) -> BadValue:
    return BadValue(N_("Các dòng này không thành một phiếu kiểm tra."), fields=wire.flat(error.messages))
