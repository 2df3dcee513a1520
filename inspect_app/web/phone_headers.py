"""What a phone says in the headers of a request."""

from flask import request

from inspect_app.domain.clocks import read_offset

from .services import services


def clock_offset() -> int | None:
    """Seconds from the sending phone's clock to ours, if the request says what its clock shows."""
    return read_offset(request.headers.get("X-Sent-At"), services().clock())
