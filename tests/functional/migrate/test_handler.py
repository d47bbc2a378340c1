import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent

from eventrush.errors import LedgerError, StreamUnavailableError
from migrate.handler import Result, apply, lambda_handler, respond

BROKERS = {"Brokers": "b-1:9098,b-2:9098"}


def brokers() -> str:
    return BROKERS["Brokers"]


def nobody() -> str:
    raise StreamUnavailableError("MSK does not return the brokers (AccessDeniedException).")


def failing() -> list[str]:
    raise LedgerError("MySQL cannot execute the statement (error 1064).")


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_applies_and_names_what_was_missing(request_type: str) -> None:
    assert apply(request_type, brokers, lambda: ["0002_x"]) == Result("SUCCESS", "Applied 0002_x.", BROKERS)


def test_an_update_with_nothing_new_succeeds() -> None:
    assert apply("Update", brokers, list) == Result("SUCCESS", "Applied nothing new.", BROKERS)


def test_a_bad_migration_fails_the_deployment_with_its_sentence() -> None:
    assert apply("Update", brokers, failing) == Result("FAILED", "MySQL cannot execute the statement (error 1064).")


def test_brokers_that_cannot_be_found_fail_the_deployment_with_their_sentence() -> None:
    assert apply("Update", nobody, list) == Result("FAILED", "MSK does not return the brokers (AccessDeniedException).")


def test_deleting_the_stack_leaves_the_tables() -> None:
    assert apply("Delete", nobody, failing).status == "SUCCESS"


class Presigned(BaseHTTPRequestHandler):
    """What S3 is to a custom resource."""

    got: list[tuple[str | None, dict[str, Any]]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def presigned() -> Iterator[tuple[str, list[tuple[str | None, dict[str, Any]]]]]:
    Presigned.got = []
    with HTTPServer(("localhost", 0), Presigned) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/answer", Presigned.got
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
def test_the_answer_is_what_cloudformation_reads(presigned: tuple[str, list[Any]]) -> None:
    url, got = presigned
    respond(CloudFormationCustomResourceEvent(request(url)), Result("FAILED", "Because.", BROKERS))
    [(content_type, body)] = got
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
def test_a_missing_setting_is_answered_not_left_to_time_out(
    presigned: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.delenv("MYSQL_HOST", raising=False)
    url, got = presigned
    lambda_handler(request(url), None)  # type: ignore[arg-type]
    assert [body["Status"] for _, body in got] == ["FAILED"]
    assert "MYSQL_HOST" in got[0][1]["Reason"]
