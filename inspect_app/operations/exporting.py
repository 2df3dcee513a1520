"""The violation list as files: CSV, XLSX and a ZIP with the photos, each noted in the audit log.

All three read the list in batches. The ZIP opens a session a batch, so that a slow line holds no transaction for the
hour its photos take; CSV and XLSX are done in seconds and see one state of the database.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement

from inspect_app.domain.filter_places import summary
from inspect_app.domain.filters import Filters, to_query
from inspect_app.domain.finding_lines import HEADER, WIDTHS, WRAPPED, FindingLine, LinePhoto
from inspect_app.domain.maps import Map
from inspect_app.domain.people import Act
from inspect_app.domain.problems import N_, NotFound
from inspect_app.exchange.cells import Row
from inspect_app.exchange.csv_table import write_csv
from inspect_app.exchange.photos import MESSAGES, SCREEN, Undecodable, make_derivative
from inspect_app.exchange.xlsx_table import write_xlsx
from inspect_app.exchange.zip_stream import ZipEntry, stream_zip
from inspect_app.storage.evidence import EvidenceStore
from inspect_app.storage.finding_list import (
    BATCH,
    Cursor,
    count_findings,
    finding_clauses,
    iterate_findings,
    list_findings,
)

from .desk import Desk

OpenDesk = Callable[[], AbstractContextManager[Desk]]

TITLE = N_("Danh sách tồn tại, vi phạm")
TABLE_NAME = "danh-sach.csv"
ABOUT_NAME = "thong-tin.txt"
MISSING_NAME = "anh-khong-mo-duoc.txt"


def count_for(desk: Desk, filters: Filters) -> int:
    return count_findings(desk.session, _clauses(desk, filters))


def note_export(desk: Desk, form: str, filters: Filters, rows: int, *, originals: bool = False) -> None:
    """The line of the audit log: who took which list, in which form, and how long it was."""
    desk.require(Act.SEE_FINDINGS)
    query = "&".join(f"{name}={value}" for name, value in to_query(filters, desk.today))
    desk.audit("findings_exported", "findings", form, filters=query, rows=rows, originals=originals)


def stream_csv(open_desk: OpenDesk, filters: Filters) -> Iterator[bytes]:
    """The list as CSV in pieces; its header before the first row is looked for."""
    return write_csv(HEADER, _rows(open_desk, filters))


def write_list_xlsx(open_desk: OpenDesk, filters: Filters, path: Path) -> int:
    """The list as XLSX at `path`; gives its number of lines."""
    return write_xlsx(
        path, title=TITLE, sheet="Danh sách", header=HEADER, rows=_rows(open_desk, filters), widths=WIDTHS,
        wrap=WRAPPED,
    )  # fmt: skip


def _rows(open_desk: OpenDesk, filters: Filters) -> Iterator[Row]:
    with open_desk() as desk:
        found = iterate_findings(desk.session, _clauses(desk, filters), Map(desk.gazetteer, filters.map_day))
        for number, line in enumerate(found, start=1):
            yield line.cells(number)


def _clauses(desk: Desk, filters: Filters) -> list[ColumnElement[bool]]:
    return finding_clauses(filters, desk.gazetteer, desk.viewer)


def stream_photos_zip(
    open_desk: OpenDesk, evidence: EvidenceStore, filters: Filters, *, scratch: Path, originals: bool = False
) -> Iterator[bytes]:
    """The list with its photos, a folder an inspection; pictures as on the screen, or the files as they came.

    A photo that cannot be read is named in a text file; the rest arrives.
    """
    return stream_zip(_entries(open_desk, _Pictures(evidence, originals), filters, scratch))


@dataclass
class _Pictures:
    """Opens photos for the ZIP and remembers those that would not."""

    evidence: EvidenceStore
    originals: bool
    failed: list[str] = field(default_factory=list)

    def find(self, photo: LinePhoto, name: str) -> BinaryIO | None:
        try:
            if self.originals:
                return self.evidence.open(photo.sha256)
            return self.evidence.derivative(photo.sha256, "screen", partial(make_derivative, box=SCREEN))
        except Undecodable as error:
            self.failed.append(f"{name}: {MESSAGES[error.reason]}")
        except NotFound as error:
            self.failed.append(f"{name}: {error}")
        return None


def _entries(open_desk: OpenDesk, pictures: _Pictures, filters: Filters, scratch: Path) -> Iterator[ZipEntry]:
    with ExitStack() as held:
        table = held.enter_context(tempfile.TemporaryFile(dir=scratch))
        with open_desk() as desk:
            about, zone = _about(desk, filters), desk.zone
        yield _text_entry(ABOUT_NAME, about)
        for number, batch in _batches(open_desk, filters, pictures.originals):
            pieces = write_csv(
                HEADER,
                (line.cells(at, original=pictures.originals) for at, line in enumerate(batch, start=number)),
            )
            heading = next(pieces)
            table.write(heading if number == 1 else b"")
            table.writelines(pieces)
            for line in batch:
                for photo in line.photos:
                    name = f"{line.folder}/{line.photo_name(photo, original=pictures.originals)}"
                    file = pictures.find(photo, name)
                    if file is not None:
                        taken = photo.taken_at and photo.taken_at.astimezone(zone)
                        yield ZipEntry(name, _size(file), _given(file), taken)
        if pictures.failed:
            yield _text_entry(MISSING_NAME, "\r\n".join([*pictures.failed, ""]))
        size = table.tell()
        table.seek(0)
        yield ZipEntry(TABLE_NAME, size, _given(table))


def _batches(
    open_desk: OpenDesk, filters: Filters, originals: bool
) -> Iterator[tuple[int, list[FindingLine]]]:
    """Batches of the list with the number of their first line; at least one, though it be empty."""
    after: Cursor | None = None
    number = 1
    while True:
        with open_desk() as desk:
            page = list_findings(
                desk.session, _clauses(desk, filters), Map(desk.gazetteer, filters.map_day), limit=BATCH,
                after=after, originals=originals,
            )  # fmt: skip
        yield number, page.lines
        number += len(page.lines)
        after = page.next
        if after is None:
            return


def _about(desk: Desk, filters: Filters) -> str:
    """What this ZIP is: a file lies in a folder for years after its address is forgotten."""
    made = desk.now.astimezone(desk.zone)
    lines = [TITLE, f"Xuất lúc {made:%H:%M %d/%m/%Y}"]
    lines += [f"{said.label}: {said.text}" for said in summary(filters, desk.gazetteer)]
    return "\ufeff" + "\r\n".join([*lines, ""])


def _text_entry(name: str, text: str) -> ZipEntry:
    data = text.encode()
    return ZipEntry(name, len(data), lambda: io.BytesIO(data))


def _given(file: BinaryIO) -> Callable[[], BinaryIO]:
    return lambda: file


def _size(file: BinaryIO) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size
