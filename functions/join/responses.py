"""Every response of the API: the verdict table of the contract, and RFC 9457 problems."""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from eventrush.models import Entry, EntryStatus, EventFacts, Verdict
from eventrush.timestamps import to_iso
from join.service import Joined

JSON: Final = "application/json; charset=utf-8"
PROBLEM_JSON: Final = "application/problem+json; charset=utf-8"
RESULT_HEADER: Final = "x-eventrush-result"

_encode: Final = json.JSONEncoder(ensure_ascii=False).encode

type Headers = dict[str, str]
type Response = dict[str, Any]  # as API Gateway takes it, payload format 2.0


class Row(NamedTuple):
    """How a verdict is presented; `retry_after_s` is None if the verdict is final."""

    status: HTTPStatus
    korean: str
    english: str
    retry_after_s: int | None = None


TABLE: Final = {
    Verdict.SUCCESS: Row(HTTPStatus.OK, "이벤트 참여가 완료되었습니다.", "You have joined the event."),
    Verdict.DUPLICATE: Row(HTTPStatus.CONFLICT, "이미 참여하셨습니다.", "You have joined already."),
    Verdict.LIMIT_EXCEEDED: Row(HTTPStatus.TOO_MANY_REQUESTS, "선착순이 마감되었습니다.", "All seats are taken."),
    Verdict.NOT_OPEN: Row(HTTPStatus.FORBIDDEN, "아직 시작되지 않은 이벤트입니다.", "The event has not opened yet."),
    Verdict.CLOSED: Row(HTTPStatus.GONE, "종료된 이벤트입니다.", "The event is closed."),
    Verdict.PAUSED: Row(
        HTTPStatus.SERVICE_UNAVAILABLE, "이벤트가 일시 중지되었습니다.", "The event is paused; please try again.", 5
    ),
    Verdict.GATE_LOST: Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "이벤트를 복구하고 있습니다.",
        "The event is being restored; please try again.",
        5,
    ),
    Verdict.UNAVAILABLE: Row(
        HTTPStatus.SERVICE_UNAVAILABLE, "잠시 후 다시 시도해 주세요.", "Please try again in a moment.", 1
    ),
    Verdict.UNKNOWN_EVENT: Row(HTTPStatus.NOT_FOUND, "존재하지 않는 이벤트입니다.", "There is no such event."),
}
# A seat that the gate holds and Kafka has not acknowledged.
ACCEPTED: Final = Row(HTTPStatus.ACCEPTED, "이벤트 참여가 접수되었습니다.", "Your entry has been accepted.")


def of_join(joined: Joined, event_id: str, user_id: str, headers: Mapping[str, str]) -> Response:
    """Present the outcome of an attempt; `headers` are the request's."""
    outcome, acknowledged = joined
    entry = outcome.entry
    row = TABLE[outcome.verdict] if acknowledged or entry is None else ACCEPTED
    if outcome.verdict is Verdict.NOT_OPEN:
        row = row._replace(retry_after_s=math.ceil(outcome.changes_in_s))
    fields = {"eventId": event_id, "userId": user_id}
    if entry is not None:
        fields |= _seat(entry, pending=outcome.pending)
    return _verdict(outcome.verdict, row, fields, headers)


def of_unknown_event(event_id: str, headers: Mapping[str, str]) -> Response:
    """Present the lookup of an event that does not exist; `headers` are the request's."""
    return _verdict(Verdict.UNKNOWN_EVENT, TABLE[Verdict.UNKNOWN_EVENT], {"eventId": event_id}, headers)


def of_facts(facts: EventFacts) -> Response:
    """Present an event's public facts, which may be cached for a second."""
    event = facts.event
    body = {
        "eventId": event.event_id,
        "name": event.name,
        "capacity": event.capacity,
        "remaining": facts.remaining,
        "state": str(facts.phase),
        "opensAt": to_iso(event.opens_at) if event.opens_at else None,
        "closesAt": to_iso(event.closes_at) if event.closes_at else None,
        "serverTime": to_iso(facts.server_time),
    }
    return _response(HTTPStatus.OK, JSON, body, {"Cache-Control": "public, max-age=1"})


def of_entry(status: EntryStatus) -> Response:
    """Present an entry."""
    entry = status.entry
    body = {"eventId": entry.event_id, "userId": entry.user_id, **_seat(entry, pending=status.pending)}
    return _response(HTTPStatus.OK, JSON, body, {"Cache-Control": "no-store"})


def problem(status: HTTPStatus, detail: str, *, field: str = "", **headers: str) -> Response:
    """Present an RFC 9457 problem; the names of `headers` have underscores for dashes."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": f"{field}: {detail}" if field else detail,
    }
    if field:
        body["errors"] = [{"field": field, "detail": detail}]
    given: Headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return _response(status, PROBLEM_JSON, body, {**given, "Cache-Control": "no-store"})


@lru_cache(maxsize=256)
def prefers_english(accept_language: str) -> bool:
    """Return whether an Accept-Language header (RFC 9110) prefers English to Korean."""
    weights = dict(map(_language_range, accept_language.lower().split(","))) if accept_language else {}
    return weights.get("en", 0.0) > weights.get("ko", weights.get("*", 0.0))


def _language_range(text: str) -> tuple[str, float]:
    """Return a language range's primary language and weight: 1 by default, 0 if the weight is not a number."""
    tag, _, parameter = text.strip().partition(";")
    weight = parameter.strip().removeprefix("q=")
    try:
        return tag.partition("-")[0], float(weight) if weight else 1.0
    except ValueError:
        return tag.partition("-")[0], 0.0


def _verdict(verdict: Verdict, row: Row, fields: dict[str, Any], request_headers: Mapping[str, str]) -> Response:
    message = row.english if prefers_english(request_headers.get("accept-language", "")) else row.korean
    headers: Headers = {RESULT_HEADER: verdict.name, "Cache-Control": "no-store"}
    if row.retry_after_s is not None:
        headers["Retry-After"] = str(row.retry_after_s)
    return _response(row.status, JSON, {"result": verdict.name, "message": message, **fields}, headers)


def _seat(entry: Entry, *, pending: bool) -> dict[str, Any]:
    return {
        "seatNo": entry.seat_no,
        "requestTime": to_iso(entry.request_time),
        "state": "PENDING" if pending else "CONFIRMED",
    }


def _response(status: HTTPStatus, content_type: str, body: dict[str, Any], headers: Headers) -> Response:
    headers["Content-Type"] = content_type
    return {"statusCode": status.value, "headers": headers, "body": _encode(body)}
