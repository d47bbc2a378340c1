"""The identifiers of the contract and their bounds, checked in one place."""

import re
from typing import Final

MAX_INTEGER_USER_ID: Final = 2**63 - 1
VISIBLE_ASCII: Final = r"^[!-~]{1,64}$"
EVENT_ID: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"

# How the random id begins that replaces a user's.
FORGOTTEN: Final = "forgotten-"
FORGOTTEN_LIKE: Final = f"{FORGOTTEN}%"  # in SQL

# What to write in an error message instead of the pattern.
PATTERN_MEANING: Final = {
    VISIBLE_ASCII: "must be 1 to 64 visible ASCII characters",
    EVENT_ID: "must be 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit",
}

_EVENT_ID: Final = re.compile(EVENT_ID)
_VISIBLE: Final = re.compile(VISIBLE_ASCII)


def event_id_text(value: object) -> str:
    """Return an event id; raises `ValueError` with what is wrong."""
    if not isinstance(value, str) or not _EVENT_ID.fullmatch(value):
        raise ValueError(PATTERN_MEANING[EVENT_ID])
    return value


def user_id_text(value: object) -> str:
    """Return a user id as text, so that 3 and "3" are one user; raises `ValueError` with what is wrong."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MAX_INTEGER_USER_ID:
            raise ValueError("an integer must be from 1 to 9223372036854775807")
        return str(value)
    if not isinstance(value, str):
        raise ValueError("must be an integer or a string")  # noqa: TRY004 every error is reported alike
    if not _VISIBLE.fullmatch(value):
        raise ValueError(PATTERN_MEANING[VISIBLE_ASCII])
    return value
