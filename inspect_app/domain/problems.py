"""The one family of errors a person may see. Each says in Vietnamese what is wrong and what to do.

The web room alone turns a Problem into a page or JSON; `status` is the HTTP status it becomes there.
"""

from .sentences import Sentence


def N_(message: str) -> str:
    """Mark a message for the translation catalogue without translating it here."""
    return message


class Problem(Exception):
    """A refusal with its reason. `params` fill the `%(name)s` places of `message`; `fields` maps field to fault."""

    status = 500

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, **params: object) -> None:
        self.sentence = Sentence(message, **params)
        super().__init__(self.sentence)
        self.message = message
        self.params = params
        self.fields = fields or {}


class BadValue(Problem):
    status = 400


class NotSignedIn(Problem):
    status = 401


class Forbidden(Problem):
    status = 403


class NotFound(Problem):
    status = 404


class Conflict(Problem):
    status = 409


class TooLarge(Problem):
    status = 413


class Faulty(Problem):
    status = 422


class TooMany(Problem):
    status = 429
