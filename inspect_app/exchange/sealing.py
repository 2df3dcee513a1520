"""Sealed rows: AES-GCM-256 under a person's store key, as phones seal with Web Cryptography (static/js/phone/store.js).

The place of a row (store and key) is authenticated with it, so that no row can be put in the place of another.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = 32  # bytes
_IV = 12
_TAG = 16


def new_key() -> bytes:
    return os.urandom(KEY)


def seal(key: bytes, store: str, row: str, plain: bytes) -> bytes:
    """12 bytes of IV, then the ciphertext with its tag."""
    iv = os.urandom(_IV)
    return iv + AESGCM(key).encrypt(iv, plain, _place(store, row))


def unseal(key: bytes, store: str, row: str, sealed: bytes) -> bytes | None:
    """What was sealed at this place under this key; None for everything else."""
    if len(sealed) < _IV + _TAG:
        return None
    try:
        return AESGCM(key).decrypt(sealed[:_IV], sealed[_IV:], _place(store, row))
    except InvalidTag:
        return None


def _place(store: str, row: str) -> bytes:
    return f"{store}:{row}".encode()
