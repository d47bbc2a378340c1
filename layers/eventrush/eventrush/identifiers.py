"""The identifiers of the contract and their bounds, checked in one place."""

from typing import Annotated, Final

from pydantic import BeforeValidator, StringConstraints

MAX_INTEGER_USER_ID: Final = 2**63 - 1
VISIBLE_ASCII: Final = r"^[!-~]{1,64}$"


def _text_of_integer(value: object) -> object:
    """Give an integer user id its text, so that 3 and "3" are one user; everything else goes on to the text's check."""
    if isinstance(value, bool) or value is None:
        raise ValueError("must be an integer or a string")
    if isinstance(value, int):
        if not 1 <= value <= MAX_INTEGER_USER_ID:
            raise ValueError("an integer must be from 1 to 9223372036854775807")
        return str(value)
    if not isinstance(value, str):
        raise ValueError("must be an integer or a string")  # noqa: TRY004 pydantic reports ValueError, not TypeError
    return value


EventId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
UserId = Annotated[str, BeforeValidator(_text_of_integer), StringConstraints(pattern=VISIBLE_ASCII)]
AttemptId = Annotated[str, StringConstraints(pattern=VISIBLE_ASCII)]
