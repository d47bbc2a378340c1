"""Reads values as TLC prints them: records and functions become dicts, sets and tuples become lists."""

import re
from collections import deque
from typing import Any, Final

_TOKEN: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\|->|:>|@@|<<|>>|\.\.|[\[\](){},]|-?\w+)')
_CLOSING: Final = {"{": "}", "<<": ">>", "(": ")", "[": "]"}
_BOOLEANS: Final = {"TRUE": True, "FALSE": False}

State = dict[str, Any]


def parse_state(text: str) -> State:
    """Return the variables of a state that is printed as a conjunction, or as one equation."""
    assignments = re.split(r"^(?:/\\ )?(\w+) = ", text.strip(), flags=re.MULTILINE)
    return {name: parse_value(value) for name, value in zip(assignments[1::2], assignments[2::2], strict=True)}


def parse_value(text: str) -> Any:
    """Return one value; raises `ValueError` where the text is none."""
    tokens = deque(found.group(1) for found in _TOKEN.finditer(text))
    try:
        value = _value(tokens)
    except IndexError:
        raise ValueError(f"{text!r} ends before its value does") from None
    if tokens:
        raise ValueError(f"{text!r} goes on after its value")
    return value


def _value(tokens: deque[str]) -> Any:
    first = tokens.popleft()
    if first in {"{", "<<"}:
        return _items(tokens, _CLOSING[first])
    if first in {"[", "("}:
        return _pairs(tokens, _CLOSING[first])
    if first.startswith('"'):
        return first[1:-1]
    if first.lstrip("-").isdigit():
        return int(first)
    return _BOOLEANS.get(first, first)


def _items(tokens: deque[str], closing: str) -> list[Any]:
    items = []
    while tokens[0] != closing:
        items.append(_value(tokens))
        if tokens[0] == ",":
            tokens.popleft()
    tokens.popleft()
    return items


def _pairs(tokens: deque[str], closing: str) -> dict[Any, Any]:
    """Read `key |-> value, …` of a record, or `key :> value @@ …` of a function."""
    pairs = {}
    while tokens[0] != closing:
        key, _arrow = _value(tokens), tokens.popleft()
        pairs[key] = _value(tokens)
        if tokens[0] in {",", "@@"}:
            tokens.popleft()
    tokens.popleft()
    return pairs
