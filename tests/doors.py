"""The pages as signed-in people use them, without a browser: an application on an office's database, a client a person."""

from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_app import create_app
from inspect_app.domain.people import Role
from inspect_app.settings import read_settings
from inspect_app.storage.people import PersonRow
from tests.builders import Office
from tests.sessions import session_of


@dataclass
class Visitor:
    """One person at the pages; posts carry their CSRF token."""

    client: FlaskClient
    person_id: int

    def get(self, path: str, status: int = 200) -> TestResponse:
        answer = self.client.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{seen(answer)}"
        return answer

    def post(self, path: str, status: int = 303, **fields: Any) -> TestResponse:
        token = self.client.get("/api/v1/me").json
        assert token is not None
        answer = self.client.post(path, data={"csrf_token": token["csrf_token"], **fields})
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{seen(answer)}"
        return answer


@dataclass
class Doors:
    app: Flask
    office: Office

    def visitor(self, username: str, role: Role = Role.INSPECTOR) -> Visitor:
        """A signed-in person of the office, made at the first call."""
        person_id = self.office.person(username, role)
        with self.office.database.reading() as session:
            epoch = session.get_one(PersonRow, person_id).session_epoch
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = session_of(person_id, epoch)
        return Visitor(client, person_id)


def open_doors(office: Office, database_url: str, folder: Path) -> Doors:
    env = {
        "INSPECT_SECRET_KEY": "k" * 40, "INSPECT_DATABASE_URL": database_url, "INSPECT_VAR": str(folder / "var"),
    }  # fmt: skip
    app = create_app(read_settings(env))
    app.extensions["inspect"].clock = lambda: office.now
    return Doors(app, office)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def seen(answer: TestResponse) -> str:
    """The text of a page, as a reader sees it, with single spaces."""
    parser = _Words()
    parser.feed(answer.get_data(as_text=True))
    return " ".join(parser.words)
