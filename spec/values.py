"""Reads values as TLC prints them: records and functions become dicts, sets and tuples become lists."""

import re
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
    tokens = [found.group(1) for found in _TOKEN.finditer(text)]
    value, rest = _value(tokens)
    if rest:
        raise ValueError(f"unexpected {rest[0]} in {text}")
    return value


def _value(tokens: list[str]) -> tuple[Any, list[str]]:
    if not tokens:
        raise ValueError("a value is missing")
    first, rest = tokens[0], tokens[1:]
    if first in {"{", "<<"}:
        return _items(rest, _CLOSING[first])
    if first in {"[", "("}:
        return _pairs(rest, _CLOSING[first])
    if first.startswith('"'):
        return first[1:-1], rest
    if first.lstrip("-").isdigit():
        return int(first), rest
    return _BOOLEANS.get(first, first), rest


def _items(tokens: list[str], closing: str) -> tuple[list[Any], list[str]]:
    items = []
    while tokens[0] != closing:
        item, tokens = _value(tokens)
        items.append(item)
        tokens = tokens[1:] if tokens[0] == "," else tokens
    return items, tokens[1:]


def _pairs(tokens: list[str], closing: str) -> tuple[dict[Any, Any], list[str]]:
    """Read `key |-> value, …` of a record, or `key :> value @@ …` of a function."""
    pairs = {}
    while tokens[0] != closing:
        key, tokens = _value(tokens)
        pairs[key], tokens = _value(tokens[1:])
        tokens = tokens[1:] if tokens[0] in {",", "@@"} else tokens
    return pairs, tokens[1:]
