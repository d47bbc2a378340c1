"""Missing migrations are applied, and CloudFormation gets a response in any case."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent

from eventrush.errors import LedgerError, StreamUnavailableError
from migrate.custom_resource import Result, respond
from migrate.handler import PHYSICAL_ID, apply, lambda_handler

BROKERS = {"Brokers": "b-1:9098,b-2:9098"}


def brokers() -> str:
    return BROKERS["Brokers"]


def no_brokers() -> str:
    raise StreamUnavailableError("MSK does not return the brokers (AccessDeniedException).")


def failing() -> list[str]:
    raise LedgerError("MySQL cannot execute the statement (error 1064).")


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_missing_migrations_are_applied_and_named(request_type: str) -> None:
    assert apply(request_type, brokers, lambda: ["0002_x"]) == Result("SUCCESS", "Applied 0002_x.", BROKERS)


def test_an_update_without_new_migrations_succeeds() -> None:
    assert apply("Update", brokers, list) == Result("SUCCESS", "Applied nothing new.", BROKERS)


def test_a_failed_migration_fails_the_deployment_with_its_message() -> None:
    assert apply("Update", brokers, failing) == Result("FAILED", "MySQL cannot execute the statement (error 1064).")


def test_brokers_that_cannot_be_found_fail_the_deployment_with_the_message() -> None:
    assert apply("Update", no_brokers, list) == Result(
        "FAILED", "MSK does not return the brokers (AccessDeniedException)."
    )


def test_deleting_the_stack_keeps_the_tables() -> None:
    assert apply("Delete", no_brokers, failing).status == "SUCCESS"


class Presigned(BaseHTTPRequestHandler):
    """Receives a custom resource's response, as S3 does."""

    received: list[tuple[str | None, dict[str, Any]]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def presigned() -> Iterator[tuple[str, list[tuple[str | None, dict[str, Any]]]]]:
    Presigned.received = []
    with HTTPServer(("localhost", 0), Presigned) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/response", Presigned.received
        server.shutdown()


def request(url: str, request_type: str = "Create") -> dict[str, Any]:
    return {
        "RequestType": request_type,
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/er/1",
        "RequestId": "request",
        "LogicalResourceId": "Migrations",
        "ResourceType": "Custom::Migrations",
    }


@pytest.mark.enable_socket
def test_the_response_has_cloudformation_s_form(presigned: tuple[str, list[Any]]) -> None:
    url, received = presigned
    respond(CloudFormationCustomResourceEvent(request(url)), PHYSICAL_ID, Result("FAILED", "Because.", BROKERS))
    [(content_type, body)] = received
    assert content_type == ""
    assert body == {
        "Status": "FAILED",
        "Reason": "Because.",
        "PhysicalResourceId": "eventrush-migrations",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/er/1",
        "RequestId": "request",
        "LogicalResourceId": "Migrations",
        "Data": {"Brokers": "b-1:9098,b-2:9098"},
    }


@pytest.mark.enable_socket
def test_a_missing_setting_is_a_failed_response_not_a_time_out(
    presigned: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.delenv("MYSQL_HOST", raising=False)
    url, received = presigned
    lambda_handler(request(url), None)  # type: ignore[arg-type]
    assert [body["Status"] for _, body in received] == ["FAILED"]
    assert "MYSQL_HOST" in received[0][1]["Reason"]
