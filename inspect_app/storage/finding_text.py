"""Free text over findings: whole words and beginnings of words, by the full-text index that each database brings.

SQLite: an FTS5 table that triggers keep (https://www.sqlite.org/fts5.html, section 4.4.3); it finds rows by `serial`,
which never changes. PostgreSQL: an expression index. Both read `search_key`, which is folded already, so that neither
needs to know Vietnamese. Reading a million rows instead takes seconds.
"""

import re
from typing import Any

from sqlalchemy import Boolean, ColumnElement, event, false, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from inspect_app.domain.text import fold

from .audit import ddl
from .base import Base
from .findings import FindingRow

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_CODE = re.compile(r"KT-[0-9]{4}-[0-9]+(-[A-Z0-9-]*)?", re.IGNORECASE)
_VECTOR = "to_tsvector('simple', finding.search_key)"


def text_clauses(text: str) -> list[ColumnElement[bool]]:
    """Every word, or "quoted phrase", at the beginning of a word of the record; or the number of a visit."""
    clauses: list[ColumnElement[bool]] = []
    phrases = []
    for quoted, word in _WORD.findall(text):
        if _CODE.fullmatch(word):
            clauses.append(FindingRow.code.like(f"{_escaped(word.upper())}%", escape="\\"))
        else:
            phrases.append(fold(quoted or word))
    if not all(phrases):  # a word of nothing but signs is in no record
        return [false()]
    return [*clauses, _holds(phrases)] if phrases else clauses


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class _Holds(FunctionElement[bool]):
    """Whether the record holds all that is asked, which is said in the words of either database."""

    type = Boolean()
    inherit_cache = True


def _holds(phrases: list[str]) -> ColumnElement[bool]:
    fts5 = " ".join(f'"{phrase}"*' for phrase in phrases)
    tsquery = " & ".join(
        "(" + " <-> ".join(f"'{word}'" for word in phrase.split()) + ":*)" for phrase in phrases
    )
    return _Holds(literal(fts5), literal(tsquery))


@compiles(_Holds, "sqlite")
def _in_sqlite(element: _Holds, compiler: Any, **asked: Any) -> str:
    fts5 = compiler.process(element.clauses.clauses[0], **asked)
    return f"finding.serial IN (SELECT rowid FROM finding_text WHERE finding_text MATCH {fts5})"  # noqa: S608


@compiles(_Holds, "postgresql")
def _in_postgresql(element: _Holds, compiler: Any, **asked: Any) -> str:
    tsquery = compiler.process(element.clauses.clauses[1], **asked)
    return f"{_VECTOR} @@ to_tsquery('simple', {tsquery})"


def text_index_statements(dialect: str) -> list[str]:
    """What makes the index. Migrations and the described tables make it the same way."""
    if dialect != "sqlite":
        return [f"CREATE INDEX ix_finding_text ON finding USING gin ({_VECTOR.replace('finding.', '')})"]
    added = "INSERT INTO finding_text (rowid, search_key) VALUES (NEW.serial, NEW.search_key);"
    gone = "INSERT INTO finding_text (finding_text, rowid, search_key) VALUES ('delete', OLD.serial, OLD.search_key);"
    return [
        "CREATE VIRTUAL TABLE finding_text USING fts5"
        "(search_key, content='finding', content_rowid='serial', tokenize='ascii', columnsize=0)",
        f"CREATE TRIGGER finding_text_insert AFTER INSERT ON finding BEGIN {added} END",
        f"CREATE TRIGGER finding_text_delete AFTER DELETE ON finding BEGIN {gone} END",
        f"CREATE TRIGGER finding_text_update AFTER UPDATE OF search_key ON finding BEGIN {gone} {added} END",
    ]


def _watch() -> None:
    table = Base.metadata.tables["finding"]
    for dialect in ("sqlite", "postgresql"):
        for statement in text_index_statements(dialect):
            event.listen(table, "after_create", ddl(statement).execute_if(dialect=dialect))
    event.listen(table, "after_drop", ddl("DROP TABLE finding_text").execute_if(dialect="sqlite"))


_watch()
