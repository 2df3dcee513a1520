"""Keeps secrets out of logs: addresses that carry a token are written with the token blotted out.

CONTRACT "Access": only `/key/<token>`, activation links and unit links may carry a secret in a URL, and no log may.
"""

import re

# First path parts that are followed by a secret. A new kind of link is added here and nowhere else.
SECRET_PATHS = ("key", "activate", "unit-link")

_SECRET = re.compile(rf"(/(?:{'|'.join(SECRET_PATHS)})/)[^/\s?#\"'&]+", re.IGNORECASE)
_ENCODED_SECRET = re.compile(rf"(%2F(?:{'|'.join(SECRET_PATHS)})%2F)[^/\s?#\"'&%]+", re.IGNORECASE)


def mask_secrets(text: str) -> str:
    """`text` with `***` for every token that stands in an address, written plainly or percent-encoded (`?next=`)."""
    return _ENCODED_SECRET.sub(r"\1***", _SECRET.sub(r"\1***", text))
