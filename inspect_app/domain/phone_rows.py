"""What a phone keeps, as bytes and as a checklist: the rows format "phieu-rows/1", and the document its rows make.

The twins on the phone are static/js/phone/rows.js and journal.js; tests/phone/cases.json holds them together.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from .problems import N_, BadValue

HEAD = b"phieu-rows/1\n"
STORES = ("records", "events", "photos", "pieces", "thumbs", "kits")
PIECE = 49152  # bytes of a photo in one row of the store "pieces"; only its last row holds fewer
OLD_PIECE = 262144  # where the photo's row does not say it
LONGEST_LINE = 64 * 1024  # bytes
LARGEST_ROW = 4 * 1024 * 1024
_BEGINS = b'{"store":"'


@dataclass(frozen=True)
class Row:
    """`sealed` can be opened with the store key of `person` only (exchange/sealing.py); `clear` anybody may read.

    `at`: where the sealed bytes begin in the file it was read from.
    """

    store: str
    key: str
    person: int
    clear: Mapping[str, Any]
    sealed: bytes
    at: int = 0


def write_row(row: Row) -> bytes:
    """A row as it stands in a file, behind HEAD."""
    line = {
        "store": row.store, "key": row.key, "person": row.person, "clear": dict(row.clear), "size": len(row.sealed),
    }  # fmt: skip
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + row.sealed


class RowReader:
    """The rows of a file in their order, one in memory at a time; BadValue if it is no such file.

    What cannot be read is passed over up to the next row, and counted in `odd`: a torn end, a damaged stretch.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.odd = 0

    def __iter__(self) -> Iterator[Row]:
        if self._file.read(len(HEAD)) != HEAD:
            raise BadValue(N_("Tệp này không phải là tệp phiếu xuất từ điện thoại."))
        at = len(HEAD)
        sound = True
        while line := self._file.readline(LONGEST_LINE):
            at += len(line)
            told = _read_line(line if sound else line[max(0, line.find(_BEGINS)) :])
            if told is None:
                self.odd += sound  # one stretch is counted once
                sound = False
                continue
            sound = True
            sealed = self._file.read(told["size"])
            if len(sealed) < told["size"]:
                self.odd += 1
                return
            yield Row(told["store"], told["key"], told["person"], told["clear"], sealed, at)
            at += len(sealed)


def _read_line(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("store") not in STORES:
        return None
    kinds = {"key": str, "person": int, "clear": dict, "size": int}
    if any(type(told.get(name)) is not kind for name, kind in kinds.items()):
        return None
    return told if len(told["key"]) <= 120 and 0 <= told["size"] <= LARGEST_ROW else None


def piece_size(clear: Mapping[str, Any]) -> int:
    """Bytes in each piece of a photo but its last, by the clear part of the photo's row."""
    said = clear.get("piece", OLD_PIECE)
    return said if type(said) is int and 0 < said <= LARGEST_ROW else OLD_PIECE


# ---- what rows say, unsealed ----

Event = Mapping[str, Any]  # {seq, name, value, ...}
Facts = Mapping[str, Any]  # of the visit, see web/visit_facts.py, with started_at and finished_at
Photo = Mapping[str, Any]  # {id, sha256, size, state, and what its row seals}

PHOTO_FIELDS = (
    "id", "question", "sha256", "size", "taken_at", "lat", "lon", "accuracy", "source", "caption", "covers",
    "original_sha256", "original_size",
)  # fmt: skip


def fold(events: Iterable[Event]) -> dict[str, Any]:
    """What was noted last under each name."""
    return {event["name"]: event["value"] for event in sorted(events, key=lambda event: event["seq"])}


def answers_of(drawn: Mapping[str, Any], events: Iterable[Event]) -> dict[str, Any]:
    """What the page began with, and over it the events. What was emptied is left out, and so are notes ("@place")."""
    state = {**drawn, **fold(events)}
    return {name: value for name, value in state.items() if not name.startswith("@") and value != ""}


def photos_of(facts: Facts, events: Iterable[Event], photos: Iterable[Photo]) -> list[Photo]:
    """Those the server held when the checklist was begun and that were not taken out, then those of the phone."""
    state = fold(events)
    held = [photo for photo in facts.get("photos") or () if state.get(f"@drop:{photo['id']}") != "1"]
    taken = [photo for photo in photos if photo.get("state") != "removed"]
    return [*held, *sorted(taken, key=lambda photo: str(photo["id"]))]


def document_of(facts: Facts, events: Sequence[Event], photos: Iterable[Photo]) -> dict[str, Any]:
    """The body of PUT /api/v1/submissions/<uuid>."""
    document: dict[str, Any] = {
        "inspection": facts.get("inspection"),
        "checklist": facts.get("checklist"),
        "version": facts.get("version"),
        "started_at": facts.get("started_at"),
        "finished_at": facts.get("finished_at"),
        "replaces": facts.get("replaces"),
        "base": _first(facts.get("base"), {}),
        "answers": answers_of(_first(facts.get("draft"), facts.get("base"), {}), events),
        "photos": [
            {name: photo[name] for name in PHOTO_FIELDS if photo.get(name) is not None}
            for photo in photos_of(facts, events, photos)
        ],
    }
    if start := facts.get("start"):
        document["visit"] = {"unit": start["unit"], "reason": start["reason"]}
    return document


def is_finished(facts: Facts) -> bool:
    """Whether its person said that it is done and may be sent."""
    return bool(facts.get("finished_at"))


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)
