"""A filled checklist as it comes through any door, and what makes two of them the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .receipts import canonical_photos


@dataclass(frozen=True)
class PhotoClaim:
    """A photo as the document lists it; its bytes come by another way and are matched by hash.

    `covers`: the id, as this document lists it, of the untouched photo that this blurred copy hides.
    """

    question: str
    sha256: str
    size: int
    id: str = ""
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy: float | None = None
    source: str = ""
    caption: str = ""
    covers: str | None = None
    original_sha256: str | None = None
    original_size: int | None = None


@dataclass(frozen=True)
class Document:
    """`answers` are raw: names to strings or numbers. What follows `photos` comes from phones only.

    `base`: the answers the sender began with, so that what a team-mate changed since can be told from what they did;
    `visit`: unit and reason of a visit the phone started, for a person to place it; `clock_offset`: seconds from the
    phone's clock to ours; `strict`: the sender is looking and would rather mend faults than have them kept;
    `kept_for`: what its door already knows a person must look at.
    """

    id: str
    inspection: str
    checklist: str
    version: str
    answers: Mapping[str, Any]
    door: str
    replaces: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    photos: Sequence[PhotoClaim] = ()
    base: Mapping[str, Any] | None = None
    visit: Mapping[str, str] | None = None
    clock_offset: int | None = None
    strict: bool = False
    kept_for: Sequence[str] = ()

    def content(self) -> dict[str, Any]:
        """What makes two documents the same content; times that the server sets itself are no part of it.

        What no document had in the first release is part of it only where it is given: old hashes stay true.
        """
        content: dict[str, Any] = {
            "inspection": self.inspection,
            "checklist": self.checklist,
            "version": self.version,
            "replaces": self.replaces or "",
            "started_at": self.started_at.isoformat() if self.started_at else "",
            "finished_at": self.finished_at.isoformat() if self.finished_at else "",
            "answers": dict(self.answers),
            "photos": canonical_photos({"question": p.question, "sha256": p.sha256} for p in self.photos),
        }
        return content | ({"visit": dict(self.visit)} if self.visit else {})
