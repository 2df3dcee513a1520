"""Is every sentence of the program in the English catalogue? `python -m tests.check_translations [--update]`

Vietnamese is the source text: `_("…")` in templates and web/, `N_("…")` elsewhere. --update adds the missing ones
empty, drops what nobody says any more and compiles; a person then fills in the English and runs it again.
"""

import io
import re
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "inspect_app"
CATALOGUE = PROGRAM / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
PLACE = re.compile(r"%\(\w+\)[sd]")

MessageId = str | tuple[str, ...]


def spoken(program: Path = PROGRAM) -> dict[MessageId, str]:
    """Every sentence in the source, with the first file that says it. A pair is (singular, plural)."""
    found: dict[MessageId, str] = {}
    # A template that Jinja cannot read must stop the check, not drop out of it.
    options = {pattern: {"silent": "false"} for pattern, method in METHODS if method == "jinja2"}
    for file, _line, message, _comments, _context in extract_from_dir(program, METHODS, options, KEYWORDS):
        found.setdefault(tuple(message) if isinstance(message, tuple | list) else message, file)
    return found


def read_catalogue(path: Path = CATALOGUE) -> Catalog:
    if not path.exists():
        return Catalog(locale="en", project="inspect-app")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def faults(said: dict[MessageId, str], catalogue: Catalog, mo_file: bytes) -> list[str]:
    """What is wrong, one line each; nothing if all is well."""
    wrong = [
        f"{where}: not in the catalogue: {ident!r}" for ident, where in said.items() if ident not in catalogue
    ]
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id not in said:
            wrong.append(f"nobody says this any more: {message.id!r}")
        elif message.fuzzy or not all(texts):
            wrong.append(f"{said[message.id]}: not translated: {message.id!r}")
        elif any(_places(text or "") - _places(message.id) for text in texts):
            wrong.append(f"a %(place)s that the source does not fill: {message.id!r} -> {texts!r}")
    if not wrong and mo_file != compiled(catalogue):
        wrong.append("messages.mo is older than messages.po")
    return wrong


def _places(text: MessageId) -> set[str]:
    return set(PLACE.findall(text if isinstance(text, str) else " ".join(text)))


def update(said: dict[MessageId, str], old: Catalog) -> Catalog:
    """The catalogue of what is said now, with the English of the old one, sorted so that changes read well."""
    new = Catalog(locale="en", project="inspect-app", fuzzy=False, header_comment="# English of inspect-app.")
    new.revision_date = new.creation_date = old.creation_date if len(old) else new.creation_date
    for ident in said:
        known = old.get(ident)
        new.add(ident, known.string if known else "", flags=known.flags if known else ())
    return new


def write(catalogue: Catalog, path: Path = CATALOGUE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, no_location=True, sort_output=True, width=0)
    path.with_suffix(".mo").write_bytes(compiled(read_catalogue(path)))


def main(arguments: list[str]) -> int:
    said = spoken()
    if "--update" in arguments:
        write(update(said, read_catalogue()))
    mo_path = CATALOGUE.with_suffix(".mo")
    wrong = faults(said, read_catalogue(), mo_path.read_bytes() if mo_path.exists() else b"")
    print("\n".join(wrong) or f"{len(said)} sentences, all in English too")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
