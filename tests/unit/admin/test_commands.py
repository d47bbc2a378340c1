"""Operators' commands are understood whole, or refused naming the field."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from admin.commands import COMMAND, MAX_CAPACITY, Create
from eventrush.models import Event, EventState
from tests.samples import sample

CREATE = {"command": "create", "eventId": "spring", "capacity": 100}
POSITION = {"topic": "event.join", "partition": 0, "offset": 7}


def test_create_is_an_event() -> None:
    command = COMMAND.validate_python(CREATE | {"opensAt": "2026-11-22T18:00:00+09:00", "name": " 봄 "})
    assert isinstance(command, Create)
    opens = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert command.event() == Event("spring", "봄", 100, opens, None, EventState.OPEN, 1)


def test_an_event_without_a_name_is_called_by_its_id() -> None:
    command = COMMAND.validate_python(CREATE)
    assert isinstance(command, Create)
    assert command.event().name == "spring"


@pytest.mark.parametrize("name", ["admin-create", "admin-report"])
def test_the_samples_are_commands(name: str) -> None:
    COMMAND.validate_python(sample(name))


@pytest.mark.parametrize("word", ["show", "open", "pause", "resume", "close", "report", "rebuild"])
def test_what_can_be_done_with_an_event(word: str) -> None:
    COMMAND.validate_python({"command": word, "eventId": "spring"})


@pytest.mark.parametrize(
    "given",
    [
        {"command": "migrate"},
        {"command": "list"},
        {"command": "resize", "eventId": "spring", "capacity": MAX_CAPACITY},
        {"command": "forget", "eventId": "spring", "userId": 3},
        {"command": "dead-letters"},
        {"command": "dead-letters", "eventId": "spring", "state": "REDRIVEN", "limit": 1},
        {"command": "dead-letters", "state": None},
        {"command": "dead-letter", **POSITION},
        {"command": "redrive", **POSITION},
        {"command": "discard", **POSITION, "reason": "a test"},
        {"command": "status"},
        {"command": "schedule", "eventId": "spring", "opensAt": None},
        {"command": "schedule", "eventId": "spring", "closesAt": "2099-11-22T09:00:00Z"},
        {"command": "rename", "eventId": "spring", "name": "봄", "operator": "arn:aws:iam::1:user/kim"},
        {"command": "export", "eventId": "spring", "after": 5000},
        {"command": "log", "limit": 1},
    ],
    ids=lambda given: " ".join(map(str, given.values())),
)
def test_every_other_command(given: dict[str, Any]) -> None:
    COMMAND.validate_python(given)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, ""),
        ({"command": "drop"}, ""),
        ({"command": "schedule", "eventId": "spring"}, "schedule"),
        ({"command": "schedule", "eventId": "spring", "opensAt": "2099-11-22T09:00:00"}, "opensAt"),
        ({"command": "schedule", "eventId": "spring", "opensAt": "2099-01-02Z", "closesAt": "2099-01-01Z"}, "opensAt"),
        (CREATE | {"closesAt": "2026-01-01T00:00:00Z"}, "closesAt"),
        ({"command": "rename", "eventId": "spring", "name": " "}, "name"),
        ({"command": "export", "eventId": "spring", "after": -1}, "after"),
        ({"command": "list", "operator": ""}, "operator"),
        (CREATE | {"eventId": "Spring"}, "eventId"),
        (CREATE | {"capacity": 0}, "capacity"),
        (CREATE | {"capacity": MAX_CAPACITY + 1}, "capacity"),
        (CREATE | {"capacity": 1.5}, "capacity"),
        (CREATE | {"name": " "}, "name"),
        (CREATE | {"name": "n" * 201}, "name"),
        (CREATE | {"opensAt": "2026-11-22T09:00:00"}, "opensAt"),
        (CREATE | {"opensAt": "2026-11-22T09:00:00Z", "closesAt": "2026-11-22T09:00:00Z"}, "closesAt"),
        (CREATE | {"opensAt": "1999-12-31T23:59:59Z"}, "opensAt"),
        (CREATE | {"opensAt": "0001-01-01T00:00:00+14:00"}, "opensAt"),
        (CREATE | {"closesAt": "2200-01-01T00:00:00Z"}, "closesAt"),
        (CREATE | {"closesAt": "9999-12-31T23:59:59-12:00"}, "closesAt"),
        (CREATE | {"seats": 5}, "seats"),
        (CREATE | {"expect": 2000}, "expect"),
        (CREATE | {"opensAt": "2026-11-22T09:00:00Z", "expect": 0}, "expect"),
        ({"command": "forget", "eventId": "spring"}, "userId"),
        ({"command": "forget", "eventId": "spring", "userId": "a b"}, "userId"),
        ({"command": "forget", "eventId": "spring", "userId": 0}, "userId"),
        ({"command": "report"}, "eventId"),
        ({"command": "dead-letters", "limit": 0}, "limit"),
        ({"command": "dead-letters", "state": "LOST"}, "state"),
        ({"command": "discard", **POSITION}, "reason"),
        ({"command": "discard", **POSITION, "reason": ""}, "reason"),
        ({"command": "redrive", **POSITION, "partition": -1}, "partition"),
        ({"command": "redrive", **POSITION, "topic": "이"}, "topic"),
    ],
)
def test_a_command_that_cannot_be_is_refused_naming_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        COMMAND.validate_python(given)
    loc = caught.value.errors()[0]["loc"]
    assert (str(loc[-1]) if loc else "") == field
