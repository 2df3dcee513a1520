"""A person's program: signs in over HTTP and speaks the JSON and page doors as CONTRACT has them."""

import io
import re
import uuid
from collections.abc import Sequence
from typing import Any

import requests
from PIL import Image, ImageDraw

from tests.prepared import DEMO_PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_ID = re.compile(r'name="submission_id"[^>]*value="([^"]+)"')


class Client:
    """One signed-in session on a live server."""

    def __init__(self, url: str, username: str, password: str = DEMO_PASSWORD) -> None:
        self.url = url
        self.http = requests.Session()
        page = self.http.get(f"{url}/login", timeout=60)
        form = {"username": username, "password": password, "csrf_token": token_in(page.text)}
        answer = self.http.post(f"{url}/login", data=form, allow_redirects=False, timeout=60)
        assert answer.status_code in (302, 303), f"{username} could not sign in: {answer.status_code}"
        self.csrf = self.get("/api/v1/me").json()["csrf_token"]

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.http.get(self.url + path, timeout=60, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> requests.Response:
        form = {"csrf_token": self.csrf, **(data or {})}
        return self.http.post(self.url + path, data=form, timeout=120, allow_redirects=False, **more)

    def start_surprise(self, unit: str, checklist: str = "dot-xuat") -> str:
        """Start a surprise visit; gives the inspection's id."""
        answer = self.post("/inspect/new", {"unit": unit, "checklist": checklist, "reason": "Theo phản ánh"})
        assert answer.status_code == 303, answer.text[:2000]
        return answer.headers["Location"].rstrip("/").rsplit("/", 1)[1]

    def put(self, submission_id: str, document: dict[str, Any]) -> requests.Response:
        return self._put(f"/api/v1/submissions/{submission_id}", document)

    def announce(self, inspection: str, facts: dict[str, Any]) -> requests.Response:
        """Tell of a surprise visit that was started without network."""
        return self._put(f"/api/v1/inspections/{inspection}", facts)

    def _put(self, path: str, body: dict[str, Any]) -> requests.Response:
        return self.http.put(self.url + path, json=body, headers={"X-CSRFToken": self.csrf}, timeout=60)

    def page_id(self, inspection: str) -> str:
        found = _ID.search(self.get(f"/inspect/{inspection}").text)
        assert found
        return found[1]

    def send_page(
        self,
        inspection: str,
        answers: dict[str, str],
        photos: Sequence[tuple[str, bytes]] = (),
        *,
        submission_id: str = "",
        action: str = "send",
        replaces: str = "",
        **more: str,
    ) -> requests.Response:
        """Post the checklist page; `photos` are (question, bytes)."""
        fields = {
            "submission_id": submission_id or self.page_id(inspection),
            "replaces": replaces,
            "action": action,
        }
        files = [
            (f"{question}_photo", (f"IMG_{number}.jpg", data, "image/jpeg"))
            for number, (question, data) in enumerate(photos)
        ]
        return self.post(
            f"/inspect/{inspection}",
            {**fields, **answers, **more},
            files=files or [("ny_01_photo", ("", b""))],
        )


def token_in(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, page[:500]
    return found[1]


def document(
    inspection: str,
    answers: dict[str, Any],
    *,
    checklist: str = "dot-xuat",
    version: str = "2020.1",
    **more: Any,
) -> dict[str, Any]:
    """The body of PUT /api/v1/submissions/<uuid>."""
    return {
        "inspection": inspection, "checklist": checklist, "version": version, "started_at": "2026-11-22T01:00:00Z",
        "finished_at": "2026-11-22T02:00:00Z", "replaces": None, "answers": answers, "photos": [], **more,
    }  # fmt: skip


def photo_of(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A small JPEG; another seed is other bytes."""
    image = (
        Image.effect_noise(size, 40 + seed % 40).convert("RGB")
        if size[0] > 1000
        else Image.new("RGB", size, "#dfe7dc")
    )
    ImageDraw.Draw(image).text((20, 20), f"ảnh {seed}", fill="#16202a", font_size=24)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return target.getvalue()


def new_id() -> str:
    return str(uuid.uuid4())
