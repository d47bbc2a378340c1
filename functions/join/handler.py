"""The API: join an event, ask about an event, ask about an entry."""

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
from eventrush.observability import COUNT, VERDICT_METRICS, emitting
from eventrush.verdict import Verdict
from join import answers, attempt, body, service
from join.problems import BadRequestError, problem
from join.wiring import Dependencies, dependencies

# The paths and the one method each of them has.
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
    """Answer one request of the HTTP API (payload format 2.0)."""
    with emitting(metrics):
        return handle(event, context, dependencies())


def handle(event: dict[str, Any], context: LambdaContext, wired: Dependencies) -> dict[str, Any]:
    """Answer one request with these dependencies."""
    app.append_context(wired=wired)
    return app.resolve(event, context)


@app.post("/api/event/join")
def join_default() -> Response[str]:
    """Join the default event."""
    return _join(_wired().default_event_id)


@app.post("/api/events/<eventId>/join")
def join(event_id: EventIdInPath) -> Response[str]:
    """Join an event."""
    return _join(event_id)


@app.get("/api/events/<eventId>")
def get_event(event_id: EventIdInPath) -> Response[str]:
    """Tell an event's public facts."""
    facts = _wired().gate.facts(event_id)
    return answers.of_facts(facts) if facts else answers.of_verdict(Verdict.UNKNOWN_EVENT, event_id, _language())


@app.get("/api/events/<eventId>/entries/<userId>")
def get_entry(event_id: EventIdInPath, user_id: UserIdInPath) -> Response[str]:
    """Tell what a user holds."""
    held = _wired().gate.entry(event_id, user_id)
    return answers.of_entry(held) if held else problem(HTTPStatus.NOT_FOUND, "There is no such entry.")


@app.exception_handler(BadRequestError)
def bad_request(exc: BadRequestError) -> Response[str]:
    """Refuse what the body holds."""
    return exc.response()


@app.exception_handler(RequestValidationError)
def bad_parameter(exc: RequestValidationError) -> Response[str]:
    """Refuse a path."""
    return BadRequestError(HTTPStatus.UNPROCESSABLE_ENTITY, *body.first_fault(exc.errors())).response()


@app.exception_handler(GateUnavailableError)
def gate_unavailable(exc: GateUnavailableError) -> Response[str]:
    """Say that a question could not be answered now."""
    logger.warning("the gate does not answer", exc_info=exc)
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The event cannot be looked up now.", Retry_After="1")


@app.exception_handler(GateLostError)
def gate_lost(_exc: GateLostError) -> Response[str]:
    """Say that the gate is being rebuilt."""
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The event is being restored.", Retry_After="5")


@app.not_found
def not_found(_exc: NotFoundError) -> Response[str]:
    """Refuse a path that is not there, or a method that a path does not have."""
    path = app.current_event.path
    allowed = next((method for pattern, method in METHODS.items() if pattern.fullmatch(path)), None)
    if allowed:
        detail = f"This path answers {allowed} only."
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, field="method", Allow=allowed)
    return problem(HTTPStatus.NOT_FOUND, "There is nothing at this path.", field="path")


def _join(event_id: str) -> Response[str]:
    attempt_id = attempt.attempt_id(app.current_event, app.lambda_context.aws_request_id)
    request, wired = body.read(app.current_event), _wired()
    joined = service.join(wired.gate, wired.publisher, event_id, request.user_id, attempt_id)
    metrics.add_metric(VERDICT_METRICS[joined.outcome.verdict], COUNT, 1)
    if joined.outcome.entry and not joined.acknowledged:
        metrics.add_metric("Accepted202", COUNT, 1)
    return answers.of_join(joined, event_id, request.user_id, _language())


def _wired() -> Dependencies:
    wired: Dependencies = app.context["wired"]
    return wired


def _language() -> str:
    return app.current_event.headers.get("accept-language", "")
