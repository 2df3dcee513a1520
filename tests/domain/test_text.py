"""Search keys, Vietnamese order, dates and numbers."""

import unicodedata
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.text import fold, format_date, format_number, format_share, nfc, search_text, sort_key

from .lineages import real

# The order written out letter by letter, tone by tone, independent of how sort_key takes letters apart.
_ROWS = """a à ả ã á ạ|ă ằ ẳ ẵ ắ ặ|â ầ ẩ ẫ ấ ậ|b|c|d|đ|e è ẻ ẽ é ẹ|ê ề ể ễ ế ệ|f|g|h|i ì ỉ ĩ í ị|j|k|l|m|n|o ò ỏ õ ó ọ|
ô ồ ổ ỗ ố ộ|ơ ờ ở ỡ ớ ợ|p|q|r|s|t|u ù ủ ũ ú ụ|ư ừ ử ữ ứ ự|v|w|x|y ỳ ỷ ỹ ý ỵ|z""".replace("\n", "")
_PLACE = {
    letter: (place, tone)
    for place, row in enumerate(_ROWS.split("|"))
    for tone, letter in enumerate(row.split())
}
vietnamese_words = st.lists(
    st.text(st.sampled_from(sorted(_PLACE)), min_size=1, max_size=4).filter(
        lambda word: sum(_PLACE[letter][1] > 0 for letter in word) <= 1  # a syllable bears one tone
    ),
    min_size=1,
    max_size=3,
)


def reference(words: list[str]) -> tuple:
    letters = [[_PLACE[letter][0] for letter in word] for word in words]
    tones = [max(_PLACE[letter][1] for letter in word) for word in words]
    return letters, tones


@settings(max_examples=300)
@given(vietnamese_words, vietnamese_words)
def test_sort_keys_order_words_as_a_vietnamese_dictionary_orders_letters_and_tones(one, other):
    key, other_key = sort_key(" ".join(one)), sort_key(" ".join(other))
    assert (key < other_key) == (reference(one) < reference(other))
    assert (key == other_key) == (reference(one) == reference(other))


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_sort_keys_hold_only_signs_that_every_collation_sorts_alike(text):
    assert set(sort_key(text)) <= set("0123456789abcdefghijklmnopqrstuvwxyz")


@settings(max_examples=100)
@given(st.text(st.sampled_from([*sorted(_PLACE), *"0123456789 '-"]), max_size=80))
def test_a_sort_key_of_a_name_of_eighty_letters_fits_two_hundred_signs(text):
    assert len(sort_key(text)) <= 200


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@settings(max_examples=200)
@given(st.text(st.one_of(st.sampled_from(sorted(_PLACE)), st.characters()), max_size=30))
def test_decomposed_text_has_the_keys_of_composed_text(text):
    decomposed = unicodedata.normalize("NFD", text)
    for key in (fold, sort_key, search_text, nfc):
        assert key(decomposed) == key(unicodedata.normalize("NFC", text))


def test_accents_case_and_punctuation_do_not_matter_for_search():
    assert fold("Đức Phổ") == "duc pho"
    assert fold("  THỊ TRẤN   Đắk-Tô. ") == "thi tran dak to"
    assert fold("Ðăk Plô") == "dak plo"  # an eth instead of Đ, as old keyboards wrote it
    assert fold("Ngọk Réo; Ia H'Drai") == "ngok reo ia h drai"
    assert fold("") == fold("–!") == ""


def test_a_name_with_an_apostrophe_is_stored_to_be_found_in_one_word_and_in_two():
    key = search_text("Ia H’Drai")
    assert fold("Ia H'Drai") in key and fold("ia hdrai") in key
    assert search_text("Đắk PXi") == "dak pxi"


def test_d_with_a_bar_follows_d_and_tones_count_only_between_equal_letters():
    assert sorted(["Đức Phổ", "Dung Quất", "Ea", "Đăk Hà"], key=sort_key) == [
        "Dung Quất",
        "Đăk Hà",
        "Đức Phổ",
        "Ea",
    ]
    assert sorted(["Đắk Tô", "Đăk Xú", "Đăk Ba"], key=sort_key) == ["Đăk Ba", "Đắk Tô", "Đăk Xú"]
    assert sorted(["tạ", "tà", "ta", "tã", "tá", "tả"], key=sort_key) == ["ta", "tà", "tả", "tã", "tá", "tạ"]
    assert sorted(["Trà", "Tra", "Tran", "Tr"], key=sort_key) == ["Tr", "Tra", "Trà", "Tran"]
    assert sort_key("Ia H'Drai") == sort_key("ia hdrai")


def test_the_present_communes_stand_in_vietnamese_order():
    names = [unit.name for unit in real().in_force(date(2026, 1, 1), "commune")]
    assert names[:4] == ["An Phú", "Ba Dinh", "Ba Động", "Ba Gia"]
    assert names.index("Dục Nông") < names.index("Đăk Bla") < names.index("Đông Sơn") < names.index("Đức Phổ")
    assert names[-1] == "Ya Ly"


def test_dates_and_numbers_are_written_the_vietnamese_way():
    assert format_date(date(2025, 7, 1)) == "01/07/2025"
    assert format_number(1234567) == "1.234.567"
    assert format_number(1234.5) == "1.234,5"
    assert format_number(Decimal("-0.125"), 2) == "-0,13"
    assert format_number(2, 1) == "2,0"


def test_a_share_shows_what_it_is_a_share_of_and_nothing_is_divided_by_zero():
    assert format_share(3, 10) == "30,0% (3/10)"
    assert format_share(1, 3) == "33,3% (1/3)"
    assert format_share(1200, 2400) == "50,0% (1.200/2.400)"
    assert format_share(0, 0) == "–"


def test_letters_that_no_database_holds_show_as_unknown_ones():
    assert nfc("thiếu\x00bảng \ud83d") == "thiếu\ufffdbảng \ufffd"
    assert nfc("\U0001f600 Ia H'Drai") == "\U0001f600 Ia H'Drai"
