"""Whole handlers on sample events and fakes."""

import io
import logging
from collections.abc import Iterator

import pytest
from aws_lambda_powertools import Logger

from tests.fakes.gate import FakeGate, open_event
from tests.fakes.ledger import FakeLedger
from tests.fakes.publisher import FakePublisher


@pytest.fixture
def gate() -> FakeGate:
    """Give a gate that holds the default event, 100 seats."""
    gate = FakeGate()
    gate.create(open_event())
    return gate


@pytest.fixture
def stream() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def ledger() -> FakeLedger:
    """Give a ledger that knows the default event, 100 seats."""
    ledger = FakeLedger()
    ledger.add_event(open_event())
    return ledger


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Collect what the functions log, which the handler made at their import would write elsewhere."""
    handler = Logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    buffer = io.StringIO()
    stream = handler.setStream(buffer)
    yield buffer
    handler.setStream(stream)
