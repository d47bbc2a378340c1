"""Turns pydantic's first error into a field and a sentence that never repeats the input."""

from pydantic import ValidationError

from eventrush.identifiers import PATTERN_MEANING


def _first_error(error: ValidationError) -> tuple[str, str]:
    """Return the first error's field, empty if the error concerns the whole document, and its message."""
    first = error.errors(include_url=False, include_input=False)[0]
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


def sentence(error: ValidationError) -> str:
    """Return the first error as `field: message`."""
    field, message = _first_error(error)
    return f"{field}: {message}" if field else message
