"""The routes of the API: join an event, look up an event, look up an entry."""

import re
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BeforeValidator

from eventrush.errors import GateLostError, GateUnavailableError
from eventrush.identifiers import EventId, UserId
from eventrush.metrics import COUNT, VERDICT_METRICS, flushed
from eventrush.validation import first_error
from join import request, responses, service
from join.dependencies import Dependencies, dependencies
from join.request import BadRequestError
from join.responses import problem

# The paths, and the one method of each.
METHODS: Final = {
    re.compile(r"/api/event/join"): "POST",
    re.compile(r"/api/events/[^/]+/join"): "POST",
    re.compile(r"/api/events/[^/]+"): "GET",
    re.compile(r"/api/events/[^/]+/entries/[^/]+"): "GET",
}

EventIdInPath = Annotated[EventId, Path(alias="eventId")]
UserIdInPath = Annotated[UserId, BeforeValidator(unquote), Path(alias="userId")]

app = APIGatewayHttpResolver(enable_validation=True)
logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one request of the HTTP API (payload format 2.0)."""
    with flushed(metrics):
        return handle(event, context, dependencies())


def handle(event: dict[str, Any], context: LambdaContext, deps: Dependencies) -> dict[str, Any]:
    """Handle one request with these dependencies."""
    app.append_context(deps=deps)
    return app.resolve(event, context)


@app.post("/api/event/join")
def join_default() -> Response[str]:
    """Join the default event."""
    return _join(app.context["deps"].default_event_id)


@app.post("/api/events/<eventId>/join")
def join(event_id: EventIdInPath) -> Response[str]:
    """Join an event."""
    return _join(event_id)


@app.get("/api/events/<eventId>")
def get_event(event_id: EventIdInPath) -> Response[str]:
    """Return an event's public facts."""
    deps: Dependencies = app.context["deps"]
    facts = deps.gate.facts(event_id)
    return responses.of_facts(facts) if facts else responses.of_unknown_event(event_id, app.current_event.headers)


@app.get("/api/events/<eventId>/entries/<userId>")
def get_entry(event_id: EventIdInPath, user_id: UserIdInPath) -> Response[str]:
    """Return a user's entry."""
    deps: Dependencies = app.context["deps"]
    status = deps.gate.entry(event_id, user_id)
    return responses.of_entry(status) if status else problem(HTTPStatus.NOT_FOUND, "There is no such entry.")


@app.exception_handler(BadRequestError)
def bad_request(exc: BadRequestError) -> Response[str]:
    """Reject a body or a header."""
    return problem(exc.status, exc.detail, field=exc.field)


@app.exception_handler(RequestValidationError)
def bad_parameter(exc: RequestValidationError) -> Response[str]:
    """Reject a path parameter."""
    field, detail = first_error(exc)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)


@app.exception_handler(GateUnavailableError)
def gate_unavailable(exc: GateUnavailableError) -> Response[str]:
    """Respond when Redis does not answer."""
    logger.warning("the gate does not answer", exc_info=exc)
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The event cannot be looked up now.", Retry_After="1")


@app.exception_handler(GateLostError)
def gate_lost(_exc: GateLostError) -> Response[str]:
    """Respond while the gate is rebuilt."""
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The event is being restored.", Retry_After="5")


@app.not_found
def not_found(_exc: NotFoundError) -> Response[str]:
    """Reject an unknown path, or a method that a path does not support."""
    path = app.current_event.path
    allowed = next((method for pattern, method in METHODS.items() if pattern.fullmatch(path)), None)
    if allowed:
        detail = f"This path supports {allowed} only."
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, field="method", Allow=allowed)
    return problem(HTTPStatus.NOT_FOUND, "There is no resource at this path.", field="path")


def _join(event_id: str) -> Response[str]:
    deps: Dependencies = app.context["deps"]
    attempt = request.read(app.current_event, app.lambda_context.aws_request_id)
    joined = service.join(deps.gate, deps.publisher, event_id, attempt.user_id, attempt.attempt_id)
    metrics.add_metric(VERDICT_METRICS[joined.outcome.verdict], COUNT, 1)
    if joined.outcome.entry and not joined.acknowledged:
        metrics.add_metric("Accepted202", COUNT, 1)
    return responses.of_join(joined, event_id, attempt.user_id, app.current_event.headers)
