"""Compare parts of a document with what they must be."""

from collections.abc import Iterator, Mapping
from typing import Any


def expect(where: str, document: Any, wanted: Mapping[str, Any]) -> Iterator[str]:
    """Give a sentence for each dotted path of `wanted` that is not there or is another value."""
    for path, value in wanted.items():
        found = at(document, path)
        if found != value:
            yield f"{where}: {path} is {found!r}, not {value!r}."


def at(document: Any, path: str) -> Any:
    """Follow a dotted path; None where it leads nowhere."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return None
    return document
