"""Reads a posted checklist page: names to raw answers, files with what the page says of their taking. Judges nothing.

Files are listed as they came (`PostedFile.file`, werkzeug FileStorage); the view finishes their streams. What the page
says about a photo travels in `<name>_photo_meta`, a JSON list in the order of the files; unreadable parts are ignored,
since a photo is worth more than its record.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from inspect_app.domain.checklists import Checklist
from inspect_app.domain.text import nfc
from inspect_app.operations.photographing import Capture

from .page_ids import read_id

ENVELOPE = frozenset({"csrf_token", "submission_id", "replaces", "action", "show", "remove_photo"})
SOURCES = frozenset({"camera", "gallery"})
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PostedFile:
    """One chosen photo. `question` is the criterion's name; `name` what the phone called the file."""

    question: str
    name: str
    file: FileStorage
    capture: Capture


@dataclass(frozen=True)
class PostedChecklist:
    """What the page sent. `answers` holds every name that is no part of the envelope, empty ones left out."""

    submission_id: str
    replaces: str | None
    action: str
    show_all: bool
    answers: dict[str, Any]
    files: list[PostedFile]
    removed: list[str]

    def questions_with_files(self) -> list[str]:
        return list(dict.fromkeys(file.question for file in self.files))


def read_post(
    form: MultiDict[str, str], files: MultiDict[str, FileStorage], checklist: Checklist
) -> PostedChecklist:
    """The post as plain values: text in NFC with plain line ends, choices of a select_multiple joined by a blank.

    Ids that are no UUID read as missing. `action` is "send" only when the page says so: anything else is kept as a draft.
    """
    return PostedChecklist(
        submission_id=read_id(form.get("submission_id")),
        replaces=read_id(form.get("replaces")) or None,
        action="send" if form.get("action") == "send" else "save",
        show_all=form.get("show") == "all",
        answers=_answers(form, checklist.field_names()),
        files=list(_files(form, files)),
        removed=[found for found in map(read_id, form.getlist("remove_photo")) if found],
    )


def _answers(form: MultiDict[str, str], kinds: dict[str, str]) -> dict[str, Any]:
    """Unknown names are handed on as well: the judge says so, nothing is dropped in silence."""
    answers: dict[str, Any] = {}
    for name in form:
        if name in ENVELOPE or name.endswith("_photo_meta"):
            continue
        values = [_text(value) for value in form.getlist(name)]
        if kinds.get(name) == "select_multiple":
            value = " ".join(part for part in values if part.strip())
        else:
            value = values[0]
        if value.strip():
            answers[nfc(name)] = value
    return answers


def _text(value: str) -> str:
    return nfc(value).replace("\r\n", "\n").replace("\r", "\n")


def _files(form: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Iterable[PostedFile]:
    for field in files:
        question = nfc(field).removesuffix("_photo")
        chosen = [
            file for file in files.getlist(field) if file.filename
        ]  # an unused input sends an empty name
        captures = read_captures(form.get(f"{field}_meta", ""), len(chosen))
        for file, capture in zip(chosen, captures, strict=True):
            yield PostedFile(question, nfc(file.filename or ""), file, capture)


def read_captures(text: str, count: int) -> list[Capture]:
    """The records of `count` files; a list of another length says nothing about which is which, so none is used."""
    try:
        rows = json.loads(text) if text else []
    except (ValueError, RecursionError):
        rows = []
    if not isinstance(rows, list) or len(rows) != count:
        return [Capture()] * count
    return [_capture(row) if isinstance(row, dict) else Capture() for row in rows]


def _capture(row: dict[str, Any]) -> Capture:
    lat, lon = _number(row.get("lat"), -90, 90), _number(row.get("lon"), -180, 180)
    placed = lat is not None and lon is not None
    hashed = str(row.get("original_sha256") or "").lower()
    size = row.get("original_size")
    source = row.get("source")
    return Capture(
        taken_at=_moment(row.get("taken_at")),
        lat=lat if placed else None,
        lon=lon if placed else None,
        accuracy=_number(row.get("accuracy"), 0, 1e7) if placed else None,
        source=source if isinstance(source, str) and source in SOURCES else "",
        original_sha256=hashed if _HASH.fullmatch(hashed) else None,
        original_size=size if type(size) is int and 0 < size < 2**40 else None,
    )


def _number(value: Any, least: float, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if least <= value <= most else None


def _moment(value: Any) -> datetime | None:
    """An ISO time with its zone; years that no phone of ours can mean are left out."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None or not 2000 <= found.year <= 2100:
            return None
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
