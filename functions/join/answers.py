"""Presents outcomes: the verdict table of the contract, in one place."""

import json
import math
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

from eventrush import clock
from eventrush.entry import Entry
from eventrush.gate import EventFacts, HeldEntry
from eventrush.verdict import Verdict
from join.messages import message
from join.service import Joined

JSON: Final = "application/json; charset=utf-8"
RESULT_HEADER: Final = "x-eventrush-result"

Headers = dict[str, str | list[str]]

STATUS: Final = {
    Verdict.SUCCESS: HTTPStatus.OK,
    Verdict.DUPLICATE: HTTPStatus.CONFLICT,
    Verdict.LIMIT_EXCEEDED: HTTPStatus.TOO_MANY_REQUESTS,
    Verdict.NOT_OPEN: HTTPStatus.FORBIDDEN,
    Verdict.CLOSED: HTTPStatus.GONE,
    Verdict.PAUSED: HTTPStatus.SERVICE_UNAVAILABLE,
    Verdict.GATE_LOST: HTTPStatus.SERVICE_UNAVAILABLE,
    Verdict.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Verdict.UNKNOWN_EVENT: HTTPStatus.NOT_FOUND,
}
# Seconds after which asking again makes sense; never for a verdict that is final.
RETRY_AFTER_S: Final = {Verdict.PAUSED: 5, Verdict.GATE_LOST: 5, Verdict.UNAVAILABLE: 1}


def of_join(joined: Joined, event_id: str, user_id: str, accept_language: str) -> Response[str]:
    """Present what became of an attempt to join."""
    outcome, entry = joined.outcome, joined.outcome.entry
    body: dict[str, Any] = {
        "result": outcome.verdict.name,
        "message": message(outcome.verdict, accept_language, acknowledged=joined.acknowledged),
        "eventId": event_id,
        "userId": user_id,
    }
    if entry is not None:
        body |= _seat(entry, pending=outcome.pending)
    status = STATUS[outcome.verdict] if joined.acknowledged or entry is None else HTTPStatus.ACCEPTED
    headers = _headers(outcome.verdict)
    if outcome.verdict is Verdict.NOT_OPEN:
        headers["Retry-After"] = str(math.ceil(outcome.opens_in_s))
    return _json(status, body, headers)


def of_verdict(verdict: Verdict, event_id: str, accept_language: str) -> Response[str]:
    """Present a verdict on a question that was not an attempt."""
    body = {"result": verdict.name, "message": message(verdict, accept_language), "eventId": event_id}
    return _json(STATUS[verdict], body, _headers(verdict))


def of_facts(facts: EventFacts) -> Response[str]:
    """Present an event's public facts, which a cache may keep for a second."""
    event = facts.event
    body = {
        "eventId": event.event_id,
        "name": event.name,
        "capacity": event.capacity,
        "remaining": facts.remaining,
        "state": str(facts.phase),
        "opensAt": clock.to_iso(event.opens_at) if event.opens_at else None,
        "closesAt": clock.to_iso(event.closes_at) if event.closes_at else None,
        "serverTime": clock.to_iso(facts.server_time),
    }
    return _json(HTTPStatus.OK, body, {"Cache-Control": "public, max-age=1"})


def of_entry(held: HeldEntry) -> Response[str]:
    """Present an entry."""
    entry = held.entry
    body = {"eventId": entry.event_id, "userId": entry.user_id, **_seat(entry, pending=held.pending)}
    return _json(HTTPStatus.OK, body, {"Cache-Control": "no-store"})


def _seat(entry: Entry, *, pending: bool) -> dict[str, Any]:
    return {
        "seatNo": entry.seat_no,
        "requestTime": clock.to_iso(entry.request_time),
        "state": "PENDING" if pending else "CONFIRMED",
    }


def _headers(verdict: Verdict) -> Headers:
    headers: Headers = {RESULT_HEADER: verdict.name, "Cache-Control": "no-store"}
    if verdict in RETRY_AFTER_S:
        headers["Retry-After"] = str(RETRY_AFTER_S[verdict])
    return headers


def _json(status: HTTPStatus, body: dict[str, Any], headers: Headers) -> Response[str]:
    return Response(status.value, JSON, json.dumps(body, ensure_ascii=False), headers)
