"""The check of translations sees what is missing, stale, half filled or wrongly filled."""

from pathlib import Path

import pytest
from babel.messages import Catalog

from tests.check_translations import MessageId, compiled, faults, read_catalogue, spoken, update, write

SAID: dict[MessageId, str] = {"Lưu": "a.html", "Còn %(n)s mục": "b.py"}


def catalogue(**english: str) -> Catalog:
    filled = Catalog(locale="en")
    for ident in SAID:
        filled.add(ident, english.get("last" if "%" in ident else "first", ""))
    return filled


def test_sentences_are_found_in_python_and_templates(tmp_path: Path) -> None:
    (tmp_path / "templates" / "x").mkdir(parents=True)
    (tmp_path / "templates" / "x" / "page.html").write_text("{{ _('Đức Phổ') }}{% trans %}Gửi{% endtrans %}")
    (tmp_path / "web.py").write_text("_('Lưu'); N_('Sai %(x)s'); ngettext('%(num)d ảnh', '%(num)d ảnh', 2)")
    assert set(spoken(tmp_path)) == {"Đức Phổ", "Gửi", "Lưu", "Sai %(x)s", ("%(num)d ảnh", "%(num)d ảnh")}


def test_a_broken_template_stops_the_check(tmp_path: Path) -> None:
    (tmp_path / "templates" / "x").mkdir(parents=True)
    (tmp_path / "templates" / "x" / "page.html").write_text("{% if %}{{ _('Gửi') }}")
    with pytest.raises(Exception, match="Expected an expression"):
        spoken(tmp_path)


@pytest.mark.parametrize(
    ("english", "complaint"),
    [
        ({"first": "Save"}, "not translated"),
        ({"first": "Save", "last": "%(m)s left"}, "place"),
        ({"first": "Save", "last": "%(n)s left"}, None),
    ],
)
def test_every_sentence_needs_an_english_one_with_known_places(
    english: dict[str, str], complaint: str | None
) -> None:
    filled = catalogue(**english)
    wrong = faults(SAID, filled, compiled(filled))
    assert (complaint in wrong[0]) if complaint else (wrong == [])


def test_missing_unused_and_uncompiled_are_told() -> None:
    filled = catalogue(first="Save", last="%(n)s left")
    assert "not in the catalogue" in faults({**SAID, "Mới": "c.html"}, filled, compiled(filled))[0]
    assert "nobody says" in faults({"Lưu": "a.html"}, filled, compiled(filled))[0]
    assert "older" in faults(SAID, filled, b"")[0]


def test_an_update_keeps_the_english_and_compiles(tmp_path: Path) -> None:
    path = tmp_path / "en" / "messages.po"
    write(update({**SAID, "Mới": "c.html"}, catalogue(first="Save", last="%(n)s left")), path)
    again = read_catalogue(path)
    assert again["Lưu"].string == "Save"
    assert again["Mới"].string == ""
    assert path.with_suffix(".mo").read_bytes() == compiled(again)
    before = path.read_bytes()
    write(update({**SAID, "Mới": "c.html"}, again), path)
    assert path.read_bytes() == before
