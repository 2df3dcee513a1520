"""A program with its evidence folder in this process: people of any role and area at browsers, posts with photos."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_app import create_app
from inspect_app.domain.people import Role
from inspect_app.settings import read_settings
from tests.builders import Office, open_office
from tests.prepared import Stores
from tests.sessions import session_of

_ID = re.compile(r'name="submission_id"[^>]*value="([^"]+)"')


@dataclass
class Desks:
    app: Flask
    office: Office
    evidence: Path

    def client(self, username: str, role: Role = Role.REVIEWER, *areas: str, **more: Any) -> "Person":
        """A person at a browser; made at the first call. Answers of any status are given back."""
        number = self.office.person(username, role, *areas, **more)
        found = self.app.test_client()
        with found.session_transaction() as session:
            session["_user_id"] = session_of(number)
        return Person(found)


@dataclass
class Person:
    http: FlaskClient
    token: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.http.get(path, **more)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Post a form with the CSRF token of this session; `fields` may hold files."""
        if not self.token:
            told = self.http.get("/api/v1/me").json
            assert told is not None
            self.token = told["csrf_token"]
        return self.http.post(path, data={"csrf_token": self.token, **fields})

    def send_page(
        self, inspection: str, answers: dict[str, str], photos: Sequence[tuple[str, bytes, str]] = ()
    ) -> TestResponse:
        """Send the checklist page with photos: (question, bytes, file name)."""
        found = _ID.search(self.get(f"/inspect/{inspection}").text)
        assert found
        files: dict[str, list[tuple[io.BytesIO, str]]] = {}
        for question, data, name in photos:
            files.setdefault(f"{question}_photo", []).append((io.BytesIO(data), name))
        fields: dict[str, Any] = {
            "submission_id": found[1],
            "replaces": "",
            "action": "send",
            **answers,
            **files,
        }
        return self.post(f"/inspect/{inspection}", **fields)


@contextmanager
def open_desks(stores: Stores, var: Path) -> Iterator[Desks]:
    settings = {
        "INSPECT_SECRET_KEY": "k" * 40, "INSPECT_DATABASE_URL": stores.database_url, "INSPECT_VAR": str(var),
        "INSPECT_EVIDENCE_URL": str(stores.evidence),
    }  # fmt: skip
    app = create_app(read_settings(settings))
    office = open_office(stores.database_url)
    app.extensions["inspect"].clock = lambda: office.now
    yield Desks(app, office, stores.evidence)
    app.extensions["inspect"].database.engine.dispose()
    office.database.engine.dispose()
