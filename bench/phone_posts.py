"""What a phone sends: a filled checklist as the JSON document and as the page's whole form, and photos of a given size.

The form is read off the page as served and sent as a browser sends it: without script every control, empty ones too.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from inspect_app.domain.answers import judge
from inspect_app.domain.checklists import Checklist
from tests.photo_samples import draw, jpeg

ANSWERS, FINDINGS = 60, 5
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
NOTE = "Chưa niêm yết đủ thủ tục; bảng treo sau quầy, người dân không đọc được. Đã nhắc tại chỗ. "


@dataclass(frozen=True)
class Body:
    """A request's body in pieces, so that photos are never copied while time is taken."""

    content_type: str
    pieces: tuple[bytes, ...]

    @property
    def length(self) -> int:
        return sum(map(len, self.pieces))


def answers(asked: Checklist, now: datetime) -> dict[str, str]:
    """Sixty criteria answered, five of them Không đạt with all that unfolds under it; without a fault."""
    criteria = asked.criteria[:ANSWERS]
    found = dict.fromkeys((criterion.name for criterion in criteria), "pass")
    failed = [row for row in criteria if row.severity and row.takes_photos and row.counted][:FINDINGS]
    for row in failed:
        found |= {
            row.name: "fail", f"{row.name}_note": NOTE * 2, f"{row.name}_n": "3", f"{row.name}_of": "10",
            f"{row.name}_severity": "2", f"{row.name}_cause": "nhan_su", f"{row.name}_responsible": "Công an xã",
        }  # fmt: skip
    clean, faults = judge(asked, found, now=now)
    assert not faults and list(clean.values()).count("fail") == FINDINGS, faults
    return found


def json_body(inspection: str, asked: Checklist, filled: dict[str, str]) -> Body:
    document = {
        "inspection": inspection, "checklist": asked.key, "version": asked.version, "replaces": None, "photos": [],
        "started_at": "2026-11-22T01:00:00Z", "finished_at": "2026-11-22T02:00:00Z", "answers": filled,
    }  # fmt: skip
    return Body("application/json", (json.dumps(document, ensure_ascii=False).encode(),))


def page_body(
    page: str, filled: dict[str, str], submission_id: str, photos: dict[str, bytes], script: bool
) -> Body:
    """The form of `page` with these answers and, by file input, these photos, as multipart.

    With `script` what was left empty is not sent (static/js/phone/form.js).
    """
    pieces: list[bytes] = []
    given = filled | {"submission_id": submission_id, "action": "send"}
    for kind, name, value in _Form(page).controls(given):
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if script and not (value or name in photos):
            continue
        if kind != "file":
            pieces.append(f"{head}\r\n\r\n{value}\r\n".encode())
        elif name in photos:
            head += f'; filename="IMG_{len(photos[name])}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
            pieces += [head.encode(), photos[name], b"\r\n"]
        else:
            pieces.append(
                f'{head}; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n'.encode()
            )
    pieces.append(f"--{BOUNDARY}--\r\n".encode())
    return Body(f"multipart/form-data; boundary={BOUNDARY}", tuple(pieces))


class Camera:
    """Photos of one size, each of other bytes: a real JPEG with EXIF, told apart by a comment in its head."""

    def __init__(self, size: int) -> None:
        sample = len(jpeg(draw(1000, 1000)))
        self._jpeg = jpeg(draw(1000, 1000 * size // sample))
        self._head = 4 + int.from_bytes(self._jpeg[4:6], "big")  # the first segment stays the first

    def take(self) -> bytes:
        return self._jpeg[: self._head] + b"\xff\xfe\x00\x22" + os.urandom(32) + self._jpeg[self._head :]


class _Form(HTMLParser):
    """The controls of a checklist page, in order: kind, name, value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._controls: list[list[str]] = []
        self._select: dict[str, Any] = {}
        self._inside = self._textarea = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = found.get("id") == "checklist"
        if not self._inside:
            return
        if tag == "option" and ("selected" in found or not self._select["first"]):
            self._controls[-1][2] = found.get("value", "")
            self._select["first"] = True
        name = found.get("name")
        if not name or tag not in ("input", "textarea", "select"):
            return
        kind = found.get("type", "text") if tag == "input" else tag
        if kind in ("radio", "checkbox"):
            kind = kind if "checked" in found else "unchecked"
        self._controls.append([kind, name, found.get("value", "")])
        self._select = {"first": False}
        self._textarea = tag == "textarea"

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._controls[-1][2] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = False
        if tag == "form":
            self._inside = False

    def controls(self, given: dict[str, str]) -> Iterator[tuple[str, str, str]]:
        """What is sent when these values were filled in; a radio group once, and only if one of it is chosen."""
        sent: set[str] = set()
        for kind, name, value in self._controls:
            if name in given and name not in sent:
                yield "text", name, given[name]
            elif name not in given and kind != "unchecked":
                yield kind, name, value
            sent.add(name)
        for name in given.keys() - sent:  # the button that was pressed
            yield "text", name, given[name]
