"""A rotated password is read again once, not for every connection."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.environment import environment
from eventrush.errors import LedgerError
from eventrush.ledger.ledger import Ledger
from eventrush.settings import LedgerSettings
from local.servers import Stack


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("secretsmanager")


@pytest.mark.usefixtures("_migrated")
def test_a_rotated_password_is_read_again(stack: Stack, secrets: Any) -> None:
    def secret(password: str) -> str:
        return json.dumps({"username": environment(stack)["MYSQL_USER"], "password": password})

    arn = secrets.create_secret(Name=uuid.uuid4().hex, SecretString=secret("the old one"))["ARN"]
    environ = {
        name: value for name, value in environment(stack).items() if name not in {"MYSQL_USER", "MYSQL_PASSWORD"}
    }
    ledger = Ledger.connect(LedgerSettings.from_env(environ | {"MYSQL_SECRET_ARN": arn}))
    with pytest.raises(LedgerError, match=r"^MySQL does not answer, or refuses the connection \(error 1045\)\.$"):
        ledger.list_events()
    secrets.put_secret_value(SecretId=arn, SecretString=secret(environment(stack)["MYSQL_PASSWORD"]))
    assert isinstance(ledger.list_events(), list)
    secrets.put_secret_value(SecretId=arn, SecretString=secret("rotated, but the old one still works"))
    ledger.close()
    assert isinstance(ledger.list_events(), list), "a password that works is not read again"
    ledger.close()
