"""Rows of phones as bytes and as documents; the table of cases is the one the phone's own code answers in tests/js."""

import base64
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from inspect_app.domain.phone_rows import HEAD, Row, RowReader, document_of, is_finished, write_row
from inspect_app.domain.problems import BadValue

HOUSE = Path(__file__).resolve().parent.parent.parent
TABLE = json.loads((HOUSE / "tests" / "phone" / "cases.json").read_text())
FILE = base64.b64decode(TABLE["file"]["bytes"])


@pytest.mark.parametrize("case", TABLE["documents"], ids=lambda case: case["name"])
def test_rows_make_the_document_of_the_table(case: dict[str, Any]) -> None:
    facts = TABLE["facts"] | case["facts"]
    document = document_of(facts, case["events"], case["photos"])
    assert document == TABLE["document"] | case["document"]
    assert is_finished(facts) is case["finished"]


def test_the_phone_answers_the_same_table() -> None:
    node = shutil.which("node")
    assert node, "node is needed to test the phone's code"
    test = HOUSE / "tests" / "js" / "phone_rows.test.mjs"
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(test)], capture_output=True, text=True, check=False
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    assert done.returncode == 0, failed or done.stderr
    assert int(done.stdout.partition("# pass ")[2].split()[0]) > len(TABLE["documents"])


def rows_of_table() -> list[Row]:
    return [
        Row(row["store"], row["key"], TABLE["file"]["person"], row["clear"], base64.b64decode(row["sealed"]))
        for row in TABLE["file"]["rows"]
    ]


def read(data: bytes) -> tuple[list[Row], int]:
    """The rows, without where they stood, and how many stretches could not be read."""
    reader = RowReader(io.BytesIO(data))
    rows = list(reader)
    for row in rows:
        assert data[row.at : row.at + len(row.sealed)] == row.sealed
    return [Row(row.store, row.key, row.person, row.clear, row.sealed) for row in rows], reader.odd


def test_rows_are_written_byte_for_byte_as_phones_do_and_read_back() -> None:
    assert HEAD + b"".join(map(write_row, rows_of_table())) == FILE
    assert read(FILE) == (rows_of_table(), 0)


def test_a_file_cut_anywhere_gives_all_rows_before_the_cut() -> None:
    ends = [len(HEAD)]
    for row in rows_of_table():
        ends.append(ends[-1] + len(write_row(row)))
    for cut in range(len(HEAD), len(FILE)):
        rows, odd = read(FILE[:cut])
        whole = sum(end <= cut for end in ends) - 1
        assert rows == rows_of_table()[:whole], cut
        assert odd == (cut not in ends), cut


def test_damage_costs_the_rows_it_hit_and_no_other() -> None:
    first, second, third = rows_of_table()
    parts = [write_row(first), write_row(second), write_row(third)]
    wrong_size = parts[1].replace(b'"size":', b'"size":9', 1)  # swallows what follows it, up to the next row
    rows, odd = read(HEAD + parts[0] + wrong_size + parts[2] * 40)
    assert rows[0] == first and rows[-1] == third and odd == 1 and len(rows) > 30
    garbage = bytes(range(256)) * 3
    rows, odd = read(HEAD + parts[0] + garbage + parts[1] + garbage + parts[2])
    assert (rows, odd) == ([first, second, third], 2)


@pytest.mark.parametrize(
    "line",
    [
        b"[]\n", b"{}\n", b"\xff\xfe\n", b"[" * 30000 + b"\n",
        b'{"store":"keys","key":"store","person":7,"clear":{},"size":0}\n',
        b'{"store":"records","key":7,"person":7,"clear":{},"size":0}\n',
        b'{"store":"records","key":"a","person":true,"clear":{},"size":0}\n',
        b'{"store":"records","key":"a","person":7,"clear":[],"size":0}\n',
        b'{"store":"records","key":"a","person":7,"clear":{},"size":-1}\n',
        b'{"store":"records","key":"a","person":7,"clear":{},"size":99999999999}\n',
        b'{"store":"records","key":"' + b"a" * 200 + b'","person":7,"clear":{},"size":0}\n',
    ],
)  # fmt: skip
def test_a_line_that_is_no_row_is_passed_over(line: bytes) -> None:
    row = rows_of_table()[0]
    assert read(HEAD + line + write_row(row)) == ([row], 1)


@pytest.mark.parametrize("data", [b"", b"phieu-rows/2\n", b"PK\x03\x04", HEAD[:-1]])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(BadValue):
        read(data)
