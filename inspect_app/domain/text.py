"""Text as Vietnamese readers expect it: NFC, accent-free search keys, alphabetical order, dates and numbers.

Both keys are plain strings made here and stored beside the text, so no database needs a collation or an extension.
"""

import re
import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_GAP = re.compile(r"[\W_]+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MARKS = re.compile("[\u0300-\u036f]+")  # those of our alphabet and of all Latin script
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ‘`´](?=\w)")
# Đ and its look-alikes (Icelandic eth, African d) that old fonts left in Vietnamese texts.
_BARRED_D = str.maketrans("đðɖ", "ddd")

_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng
_LETTERS = {
    "a": "a0", "a\u0306": "a1", "a\u0302": "a2",
    "d": "d0", "đ": "d1",
    "e": "e0", "e\u0302": "e1",
    "o": "o0", "o\u0302": "o1", "o\u031b": "o2",
    "u": "u0", "u\u031b": "u1",
    "z": "z0",
    **{letter: letter for letter in "bcfghijklmnpqrstvwxy"},
    **{digit: f"2{digit}" for digit in "0123456789"},
}  # fmt: skip


def nfc(text: str) -> str:
    """The composed form (NFC), in which all text is kept; phones of one maker send the other.

    What no database or file can hold shows as the sign for an unknown letter: NUL, and half of an emoji that a phone
    has cut in two.
    """
    return unicodedata.normalize("NFC", _UNSTORABLE.sub("\ufffd", text))


def fold(text: str) -> str:
    """The search key: lower case, no accents, đ as d, every run of other signs one space.

    An apostrophe separates: "Ia H'Drai" folds to "ia h drai". Who types "ia hdrai" finds it all the same where
    the searched side is made by `search_text`, and in `Gazetteer.search`. Folding twice changes nothing.
    """
    letters = _MARKS.sub("", _decomposed(text)).translate(_BARRED_D)
    if not letters.isascii():  # another script, whose marks are looked up one by one
        letters = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _GAP.sub(" ", letters).strip()


def search_text(text: str) -> str:
    """The key to store for a "contains" search: `fold`, and the words an apostrophe divides once more as one.

    "huyện Ia H'Drai" gives "huyen ia h drai huyen ia hdrai"; text without such words gives `fold(text)` alone.
    """
    folded = fold(text)
    without, apostrophes = _APOSTROPHE.subn("", nfc(text))
    joined = fold(without) if apostrophes else folded
    return folded if joined == folded else f"{folded} {joined}"


def sort_key(text: str) -> str:
    """A key whose plain order is Vietnamese order: letters (a ă â b … d đ e ê …) first, tones only between equals.

    Like the CLDR order of "vi": the letters of the whole text decide, then the tones (ngang huyền hỏi ngã sắc
    nặng) word by word, so that Đăk and Đắk stand together. Digits come before letters, other scripts after them;
    an apostrophe is ignored, other signs separate words. The key holds only 0-9 and a-z (at most two for a letter
    of our alphabet), which sort alike under the C locale and under every collation of a language.
    """
    letters: list[str] = []
    tones: list[str] = []
    for word in _GAP_KEEPING_MARKS.sub(" ", _decomposed(_APOSTROPHE.sub("", nfc(text)))).split():
        letters.append("".join(_code(base, marks) for base, marks in _signs(word)))
        tones.append(next((_TONES[sign] for sign in word if sign in _TONES), "0"))
    return "1".join(letters) + "0" + "".join(tones)


def capital(text: str) -> str:
    """With a capital first letter, as in a heading: "Xã Bình Thanh"; the rest as it is."""
    return text[:1].upper() + text[1:]


def format_date(day: date) -> str:
    """dd/mm/yyyy."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def format_number(value: int | float | Decimal, decimals: int | None = None) -> str:
    """1234.5 as "1.234,5"; with `decimals` rounded half up to so many places, else as many as the value has."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{exact:,f}".translate(str.maketrans(",.", ".,"))


def format_share(n: int, of: int) -> str:
    """A rate with what it is a rate of: "30,0% (3/10)"; "–" when there is nothing to divide by."""
    if of == 0:
        return "–"
    return f"{format_number(Decimal(100 * n) / of, 1)}% ({format_number(n)}/{format_number(of)})"


_GAP_KEEPING_MARKS = re.compile(r"[^\w\u0300-\u036f]+|_+")


def _decomposed(text: str) -> str:
    """Letters and marks apart, case folded; twice, since folding and taking apart each may ask for the other."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _signs(word: str) -> list[tuple[str, str]]:
    """A decomposed word as (letter, its marks)."""
    signs: list[tuple[str, str]] = []
    for sign in word:
        if not unicodedata.combining(sign):
            signs.append((sign, ""))
        elif signs:
            signs[-1] = (signs[-1][0], signs[-1][1] + sign)
    return signs


def _code(base: str, marks: str) -> str:
    base = "đ" if base in "đðɖ" else base
    for mark in marks:
        if base + mark in _LETTERS:
            return _LETTERS[base + mark]
    return _LETTERS.get(base) or f"z1{ord(base):06x}"
