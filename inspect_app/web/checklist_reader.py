"""Reads a posted checklist page: names to raw answers, and files with the question they belong to. Judges nothing.

Files are listed as they came (`PostedFile.file`, werkzeug FileStorage); the view finishes their streams.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from inspect_app.domain.checklists import Checklist
from inspect_app.domain.text import nfc

from .page_ids import read_id

ENVELOPE = frozenset({"csrf_token", "submission_id", "replaces", "action", "show", "remove_photo"})


@dataclass(frozen=True)
class PostedFile:
    """One chosen photo. `question` is the criterion's name; `name` what the phone called the file."""

    question: str
    name: str
    file: FileStorage


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
        files=list(_files(files)),
        removed=[found for found in map(read_id, form.getlist("remove_photo")) if found],
    )


def _answers(form: MultiDict[str, str], kinds: dict[str, str]) -> dict[str, Any]:
    """Unknown names are handed on as well: the judge says so, nothing is dropped in silence."""
    answers: dict[str, Any] = {}
    for name in form:
        if name in ENVELOPE:
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


def _files(files: MultiDict[str, FileStorage]) -> Iterable[PostedFile]:
    for field in files:
        for file in files.getlist(field):
            if file.filename:  # an unused input sends an empty name
                yield PostedFile(nfc(field).removesuffix("_photo"), nfc(file.filename), file)
