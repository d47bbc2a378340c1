"""The API's routes: join an event, look up an event, look up an entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from eventrush.errors import EntryHiddenError, GateLostError, GateUnavailableError
from join import request, responses, service
from join.counter import ACCEPTED_202, BAD_REQUEST, VERDICT_METRICS
from join.dependencies import Dependencies, dependencies, log_warning
from join.request import SAM_LOCAL_API, BadRequestError, Event, UnauthorizedError
from join.responses import Response, problem

if TYPE_CHECKING:  # Powertools takes a fifth of an init
    from aws_lambda_powertools.utilities.typing import LambdaContext

# The paths and the one method that each of them supports.
METHODS: Final = {
    re.compile(r"/api/event/join"): "POST",
    re.compile(r"/api/events/[^/]+/join"): "POST",
    re.compile(r"/api/events/[^/]+"): "GET",
    re.compile(r"/api/events/[^/]+/entries/[^/]+"): "GET",
}


def lambda_handler(event: Event, context: LambdaContext) -> Response:
    """Handle one request of the HTTP API (payload format 2.0)."""
    return handle(event, context, dependencies())


def handle(event: Event, context: LambdaContext, deps: Dependencies) -> Response:
    """Handle one request with these dependencies; API Gateway has chosen the route already."""
    if event["requestContext"]["apiId"] == SAM_LOCAL_API:  # API Gateway writes names in lower case
        event["headers"] = {name.lower(): value for name, value in event["headers"].items()}
    try:
        return ROUTES.get(event["routeKey"], not_found)(event, context, deps)
    except BadRequestError as exc:
        deps.counter.add(BAD_REQUEST)
        return problem(exc.status, exc.detail, field=exc.field)
    except UnauthorizedError:
        deps.counter.add(BAD_REQUEST)
        return problem(
            HTTPStatus.UNAUTHORIZED, "must be a valid bearer token", field="Authorization", WWW_Authenticate="Bearer"
        )
    except GateUnavailableError as exc:
        log_warning("the gate does not answer", exc)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The event cannot be looked up now.", Retry_After="1")
    except GateLostError:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The event is being restored.", Retry_After="5")
    except EntryHiddenError:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The entry is being restored.", Retry_After="2")


def join_default(event: Event, context: LambdaContext, deps: Dependencies) -> Response:
    """Join the default event."""
    return _join(event, context, deps, deps.default_event_id)


def join(event: Event, context: LambdaContext, deps: Dependencies) -> Response:
    """Join the event in the path."""
    return _join(event, context, deps, request.event_id(event))


def _join(event: Event, context: LambdaContext, deps: Dependencies, event_id: str) -> Response:
    user_id, attempt_id = deps.reader.join(event, context.aws_request_id)
    joined = service.join(deps.gate, deps.publisher, event_id, user_id, attempt_id)
    deps.counter.add(VERDICT_METRICS[joined.outcome.verdict])
    if joined.outcome.entry and not joined.acknowledged:
        deps.counter.add(ACCEPTED_202)
    return responses.of_join(joined, event_id, user_id, event["headers"])


def get_event(event: Event, _context: LambdaContext, deps: Dependencies) -> Response:
    """Return an event's public facts."""
    event_id = request.event_id(event)
    facts = deps.gate.facts(event_id)
    return responses.of_facts(facts) if facts else responses.of_unknown_event(event_id, event["headers"])


def get_entry(event: Event, _context: LambdaContext, deps: Dependencies) -> Response:
    """Return a user's entry."""
    status = deps.gate.entry(request.event_id(event), deps.reader.entry_user(event))
    return responses.of_entry(status) if status else problem(HTTPStatus.NOT_FOUND, "There is no such entry.")


def not_found(event: Event, _context: LambdaContext, _deps: Dependencies) -> Response:
    """Reject an unknown path, or a method that a path does not support."""
    allowed = next((method for pattern, method in METHODS.items() if pattern.fullmatch(event["rawPath"])), None)
    if allowed:
        detail = f"This path supports {allowed} only."
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, field="method", Allow=allowed)
    return problem(HTTPStatus.NOT_FOUND, "There is no resource at this path.", field="path")


ROUTES: Final[dict[str, Callable[[Event, LambdaContext, Dependencies], Response]]] = {
    "POST /api/event/join": join_default,
    "POST /api/events/{eventId}/join": join,
    "GET /api/events/{eventId}": get_event,
    "GET /api/events/{eventId}/entries/{userId}": get_entry,
}
