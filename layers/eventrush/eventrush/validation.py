"""Turns a validation error into a field and a sentence that never repeats the invalid value."""

from collections.abc import Sequence
from typing import Any, Protocol

from eventrush.identifiers import PATTERN_MEANING


class ValidationErrors(Protocol):
    """A validation error of pydantic or Powertools: both have the same list."""

    def errors(self) -> Sequence[Any]:
        """Return the errors, each with its `loc`, `type` and `msg`."""


def first_error(error: ValidationErrors) -> tuple[str, str]:
    """Return the first error's field, empty if the error concerns the whole document, and its message."""
    first = error.errors()[0]
    field = str(first["loc"][-1]) if first["loc"] else ""
    match first["type"]:
        case "missing":
            return field, "is required"
        case "union_tag_not_found":
            return first["ctx"]["discriminator"].strip("'"), "is required"
        case "union_tag_invalid":  # whose own message repeats the tag that was sent
            return first["ctx"]["discriminator"].strip("'"), f"must be one of {first['ctx']['expected_tags']}"
        case "string_pattern_mismatch":
            pattern = first["ctx"]["pattern"]
            return field, PATTERN_MEANING.get(pattern, f"must match {pattern}")
        case _:
            return field, str(first["msg"]).removeprefix("Value error, ")


def sentence(error: ValidationErrors) -> str:
    """Return the first error as `field: message`."""
    field, message = first_error(error)
    return f"{field}: {message}" if field else message
