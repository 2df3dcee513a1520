"""Keeps secrets out of logs: tokens in addresses, and the ids of visits, which may be surprises still to come.

CONTRACT "Access": only `/key/<token>`, activation links and unit links may carry a secret in a URL, and no log may.
"""

import re

# First path parts that are followed by a secret. A new kind of link is added here and nowhere else.
SECRET_PATHS = ("key", "activate", "unit-link")

_SECRET = re.compile(rf"(/(?:{'|'.join(SECRET_PATHS)})/)[^/\s?#\"'&]+", re.IGNORECASE)
_ENCODED_SECRET = re.compile(rf"(%2F(?:{'|'.join(SECRET_PATHS)})%2F)[^/\s?#\"'&%]+", re.IGNORECASE)
# Who reads the log need not be one of those who may know that a surprise visit is planned.
_VISIT = re.compile(
    r"((?:/|%2F)(?:inspect|inspections|review)(?:/|%2F))[0-9a-f]{8}-[0-9a-f-]{27}", re.IGNORECASE
)


def mask_secrets(text: str) -> str:
    """`text` with `***` for tokens and visits that stand in an address, written plainly or percent-encoded (`?next=`)."""
    return _VISIT.sub(r"\1***", _ENCODED_SECRET.sub(r"\1***", _SECRET.sub(r"\1***", text)))
