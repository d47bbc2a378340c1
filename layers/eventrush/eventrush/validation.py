"""Writes pydantic's validation errors as sentences."""

from pydantic import ValidationError


def first_error(error: ValidationError) -> tuple[str, str]:
    """Return the field at fault, "" where it is none in particular, and the message, which never repeats the input."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "union_tag_invalid":  # pydantic's own message repeats the tag that was sent
        return first["ctx"]["discriminator"].strip("'"), f"must be one of {first['ctx']['expected_tags']}"
    if first["type"] == "union_tag_not_found":
        return first["ctx"]["discriminator"].strip("'"), "is missing"
    field = str(first["loc"][-1]) if first["loc"] else ""
    return field, first["msg"].removeprefix("Value error, ")


def sentence(error: ValidationError) -> str:
    """Return the first error as "field: message"."""
    field, message = first_error(error)
    return f"{field}: {message}" if field else message
