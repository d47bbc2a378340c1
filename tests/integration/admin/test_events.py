"""What operators do with events holds at the gate and in the ledger alike."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import redis

from admin import handler
from admin.dependencies import Dependencies
from admin.service import Admin
from cli.environment import environment
from eventrush.errors import ConflictError, LedgerError
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event, EventState, Verdict
from eventrush.settings import LedgerSettings
from local.servers import Stack
from tests.deliveries import an_entry, delivery
from tests.integration.conftest import new_id


@pytest.fixture
def admin(real_gate: Gate, real_ledger: Ledger) -> Admin:
    return Admin(real_gate, real_ledger)


@pytest.fixture
def event(admin: Admin) -> Event:
    """Give an event of three seats, made as operators make it."""
    return admin.create(Event(new_id(), "봄 이벤트", 3))


def verdict(admin: Admin, event: Event, user_id: str = "w") -> Verdict:
    return admin.gate.claim(event.event_id, user_id, "a").verdict


def test_a_new_event_is_recorded_and_admits(admin: Admin, event: Event) -> None:
    status = admin.show(event.event_id)
    assert status.facts is not None
    assert (status.event, status.facts.event) == (event, event)
    assert event in admin.list_events()
    assert verdict(admin, event) is Verdict.SUCCESS


def test_an_event_id_is_given_once(admin: Admin, event: Event) -> None:
    with pytest.raises(ConflictError, match=r"^eventId: "):
        admin.create(replace(event, capacity=99))
    assert admin.show(event.event_id).event.capacity == 3


def test_an_event_that_does_not_exist_is_named(admin: Admin) -> None:
    event_id = new_id()
    for command in (admin.show, admin.close, admin.report):
        with pytest.raises(ConflictError, match=f"^eventId: there is no event {event_id}"):
            command(event_id)


def test_pause_resume_close_and_open_are_felt_at_once(admin: Admin, event: Event) -> None:
    for command, state, expected in (
        (admin.pause, EventState.PAUSED, Verdict.PAUSED),
        (admin.resume, EventState.OPEN, Verdict.SUCCESS),
        (admin.close, EventState.CLOSED, Verdict.CLOSED),
        (admin.open, EventState.OPEN, Verdict.SUCCESS),
    ):
        assert command(event.event_id).state is state
        assert verdict(admin, event, f"user-{command.__name__}") is expected
        assert admin.show(event.event_id).event.state is state


def test_only_what_is_paused_can_be_resumed(admin: Admin, event: Event) -> None:
    with pytest.raises(ConflictError):
        admin.resume(event.event_id)


def test_seats_are_added_to_a_sold_out_event(admin: Admin, event: Event) -> None:
    assert [verdict(admin, event, user) for user in "wxyz"][-1] is Verdict.LIMIT_EXCEEDED
    admin.resize(event.event_id, 4)
    assert verdict(admin, event, "z") is Verdict.SUCCESS


def test_no_seat_that_is_issued_is_taken_away(admin: Admin, event: Event) -> None:
    for user in "wx":
        verdict(admin, event, user)
    with pytest.raises(ConflictError, match=r"^capacity: "):
        admin.resize(event.event_id, 1)
    assert admin.show(event.event_id).event.capacity == 3, "the ledger did not change either"
    assert admin.resize(event.event_id, 2).capacity == 2
    assert verdict(admin, event, "y") is Verdict.LIMIT_EXCEEDED


def test_a_report_counts_what_is_on_its_way_and_what_is_there(admin: Admin, event: Event) -> None:
    won = admin.gate.claim(event.event_id, "w", "a").entry
    admin.gate.claim(event.event_id, "x", "a")
    assert won is not None
    admin.ledger.batch.record([delivery(won)])
    admin.gate.confirm(event.event_id, ["w"])
    report = admin.report(event.event_id)
    assert (report.issued, report.recorded, report.pending, report.missing, report.consistent) == (2, 1, 1, [], True)


def test_a_report_names_a_seat_that_is_nowhere(admin: Admin, event: Event, raw: redis.Redis) -> None:
    for user in "wx":
        admin.gate.claim(event.event_id, user, "a")
    raw.zrem(codec.event_keys(event.event_id).pending, "w")
    report = admin.report(event.event_id)
    assert (report.missing, report.lost, report.consistent) == ([1], 1, False)


def test_a_report_finds_a_row_that_no_gate_issued_beyond_capacity(admin: Admin, event: Event) -> None:
    admin.ledger.batch.record([delivery(an_entry(event.event_id, 3))])
    with admin.ledger.database.transaction() as cursor:
        cursor.execute("UPDATE event_join SET seat_no = 4 WHERE event_id = %s", (event.event_id,))
    report = admin.report(event.event_id)
    assert (report.oversold, report.consistent) == (1, False)


@pytest.fixture
def deps(admin: Admin, stack: Stack) -> Dependencies:
    return Dependencies(admin, environment(stack))


def test_the_handler_returns_the_contract_s_spelling(deps: Dependencies) -> None:
    event_id = new_id()
    asked: dict[str, Any] = {
        "command": "create",
        "eventId": event_id,
        "capacity": 5,
        "opensAt": "2026-11-22T18:00:00+09:00",
    }
    response = handler.handle(asked, deps)
    assert response == {
        "ok": True,
        "result": {
            "eventId": event_id,
            "name": event_id,
            "capacity": 5,
            "opensAt": "2026-11-22T09:00:00.000000Z",
            "closesAt": None,
            "state": "OPEN",
            "epoch": 1,
        },
    }
    shown = handler.handle({"command": "show", "eventId": event_id}, deps)["result"]
    assert {"issued": 0, "remaining": 5, "pending": 0}.items() <= shown.items()
    assert handler.handle({"command": "report", "eventId": event_id}, deps)["result"]["consistent"] is True
    assert event_id in [event["eventId"] for event in handler.handle({"command": "list"}, deps)["result"]]
    assert handler.handle({"command": "migrate"}, deps) == {"ok": True, "result": []}


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"command": "create", "eventId": "Spring", "capacity": 1}, "eventId: "),
        ({"command": "create", "eventId": "spring", "capacity": 0}, "capacity: "),
        ({"command": "show", "eventId": "no-such-event"}, "eventId: there is no event no-such-event."),
        ({"command": "show"}, "eventId: "),
        ({"command": "drop"}, "command: must be one of "),
        ({}, "command: is required"),
        ({"command": "redrive", "topic": "t", "partition": 0, "offset": 0}, "There is no dead letter t:0:0."),
    ],
)
def test_what_the_handler_refuses_it_refuses_in_a_sentence(
    deps: Dependencies, asked: dict[str, Any], error: str
) -> None:
    response = handler.handle(asked, deps)
    assert response["ok"] is False
    assert response["error"].startswith(error)


def test_commands_that_need_no_stream_work_without_kafka(admin: Admin, event: Event, stack: Stack) -> None:
    nowhere = environment(stack) | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "PUBLISH_TIMEOUT_MS": "50"}
    no_kafka, no_setting = Dependencies(admin, nowhere), Dependencies(admin, {})
    about_event = ("show", "report", "pause", "resume", "close", "open")
    asked: list[dict[str, Any]] = [{"command": word, "eventId": event.event_id} for word in about_event]
    asked += [{"command": "list"}, {"command": "dead-letters"}, {"command": "migrate"}]
    asked += [{"command": "resize", "eventId": event.event_id, "capacity": 4}]
    for deps in (no_kafka, no_setting):
        for command in asked:
            assert handler.handle(command, deps)["ok"], command
    rebuild = {"command": "rebuild", "eventId": event.event_id}
    assert handler.handle(rebuild, no_setting)["error"].startswith("KAFKA_BOOTSTRAP_SERVERS: is required")


def test_a_rebuild_is_written_in_the_contract_s_spelling(deps: Dependencies, event: Event) -> None:
    deps.admin.gate.claim(event.event_id, "w", "a")
    result = handler.handle({"command": "rebuild", "eventId": event.event_id}, deps)["result"]
    assert result.pop("event")["epoch"] > 1
    assert result == {"fromLedger": 0, "fromStream": 0, "fromGate": 1, "dropped": 0, "issued": 1, "free": 0}


def test_rules_are_changed_by_one_at_a_time(admin: Admin, event: Event, stack: Stack) -> None:
    impatient = Admin(admin.gate, Ledger(admin.ledger.database, rules_wait_s=0))
    another = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    with another.rules_lock():
        for change in (impatient.close, impatient.pause, partial(impatient.resize, capacity=9)):
            with pytest.raises(LedgerError, match=r"^Another change of rules is in progress\.$"):
                change(event.event_id)
    another.close()
    assert admin.show(event.event_id).event == event
