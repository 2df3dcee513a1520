"""Sealed rows open under their own key and at their own place only."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.exchange.sealing import new_key, seal, unseal

# Made in Node 20 with Web Cryptography, as static/js/phone/store.js seals.
KEY = bytes(range(32))
SEALED = base64.b64decode(
    "ZGVmZ2hpamtsbW5vMzmwBxSMdKQcDCa36lQ1ky22YyinToUTy6TJasGBYdh1UumjbELz5UZmWkK44033ss2ykyKGNcNf4K5l"
)
PLAIN = '{"name":"ny_01_note","value":"Đức Phổ"}'.encode()
PLACE = "events", "0192f0c0-0000-7000-8000-000000000001:00000001"


def test_what_a_browser_sealed_opens() -> None:
    assert unseal(KEY, *PLACE, SEALED) == PLAIN


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_sealed_opens_under_its_key_and_nowhere_else(plain: bytes, row: str) -> None:
    key = new_key()
    sealed = seal(key, "events", row, plain)
    assert unseal(key, "events", row, sealed) == plain
    assert unseal(key, "records", row, sealed) is None
    assert unseal(key, "events", f"{row}0", sealed) is None
    assert unseal(new_key(), "events", row, sealed) is None


def test_the_same_row_sealed_twice_never_looks_alike() -> None:
    assert seal(KEY, *PLACE, PLAIN) != seal(KEY, *PLACE, PLAIN)


@pytest.mark.parametrize("at", range(0, len(SEALED), 5))
def test_one_changed_bit_is_noticed(at: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= 1
    assert unseal(KEY, *PLACE, bytes(changed)) is None


@pytest.mark.parametrize("length", [0, 1, 12, 27])
def test_what_is_too_short_does_not_open(length: int) -> None:
    assert unseal(KEY, *PLACE, SEALED[:length]) is None
