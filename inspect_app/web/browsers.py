"""The inner browsers of apps (Zalo, Facebook, …): what is typed there gets lost, so the sign-in page says it first.

Twin of static/js/phone/device.js; tests/phone/browsers.json holds them together.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_APPS = (
    ("Zalo", re.compile(r"\bZalo\b", re.I)),
    ("Messenger", re.compile(r"Messenger|Orca-Android")),
    ("Instagram", re.compile("Instagram")),
    ("Facebook", re.compile(r"\bFB(AN|AV|_IAB)\b")),
    ("TikTok", re.compile(r"TikTok|musical_ly|BytedanceWebview|\btrill_", re.I)),
)
_HIDDEN = re.compile(r"; wv\)")


@dataclass(frozen=True)
class InnerBrowser:
    """`app` names it ("" if it does not say); `outside` opens the page in the phone's own browser, "" on iPhones."""

    app: str
    address: str
    outside: str


def find_inner_browser(agent: str, address: str, *, told: bool = False) -> InnerBrowser | None:
    """By the browser's name for itself, or because the page found out (`told`); `address` of the page, absolute."""
    named = next((app for app, pattern in _APPS if pattern.search(agent)), None)
    if named is None and not told and not _HIDDEN.search(agent):
        return None
    outside = ""
    if "Android" in agent:
        parts = urlsplit(address)
        target = f"{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        outside = f"intent://{target}#Intent;scheme={parts.scheme};action=android.intent.action.VIEW;end"
    return InnerBrowser(named or "", address, outside)
