"""Ids that pages bring with them: what a page makes gets the id of the page, so that sending it twice makes it once."""

import re

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def read_id(text: str | None) -> str:
    """A UUID in small letters, or "" for what is none."""
    text = (text or "").strip().lower()
    return text if _UUID.fullmatch(text) else ""
