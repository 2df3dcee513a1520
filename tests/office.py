"""LibreOffice as the reader of our exports: opens a file as an office worker's machine does and tells what it saw."""

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
VIETNAMESE = 1066  # LibreOffice's number of the locale vi-VN
CSV_IN = f"CSV:44,34,76,1,,{VIETNAMESE},false,true"  # comma, quote, UTF-8, from line 1, dates and numbers recognised


@dataclass(frozen=True)
class Seen:
    """A cell: what it is (`string`, `float`, `date`), its value, and what the screen shows."""

    kind: str
    value: str
    shown: str
    formula: str | None


def read_in_office(path: Path, scratch: Path) -> list[list[Seen]]:
    """The first sheet of an XLSX or CSV, row by row, empty cells at the end left out. `scratch` is an empty folder."""
    soffice = shutil.which("soffice")
    assert soffice, "no LibreOffice on this machine: apt-get install libreoffice-calc-nogui"
    filters = [f"--infilter={CSV_IN}"] if path.suffix == ".csv" else []
    done = subprocess.run(
        [soffice, f"-env:UserInstallation={(scratch / 'profile').as_uri()}", "--headless", *filters,
         "--convert-to", "fods", "--outdir", str(scratch), str(path)],
        capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    flat = scratch / f"{path.stem}.fods"
    assert flat.exists(), done.stdout + done.stderr
    table = next(ElementTree.parse(flat).iter(f"{_TABLE}table"))
    return [row for row in (_row(element) for element in table.iter(f"{_TABLE}table-row")) if row]


def _row(element: ElementTree.Element) -> list[Seen]:
    cells: list[Seen] = []
    for cell in element.iter(f"{_TABLE}table-cell"):
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        cells += [_cell(cell)] * min(repeated, 100)
    while cells and not cells[-1].kind:
        cells.pop()
    return cells


def _cell(cell: ElementTree.Element) -> Seen:
    kind = cell.get(f"{_OFFICE}value-type", "")
    shown = "\n".join("".join(line.itertext()) for line in cell.iter(f"{_TEXT}p"))
    value = cell.get(f"{_OFFICE}date-value") or cell.get(f"{_OFFICE}value") or shown
    return Seen(kind, value, shown, cell.get(f"{_TABLE}formula"))
