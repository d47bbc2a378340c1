"""Fakes of the gate, the stream and the ledger, and what the functions log."""

import io
import logging
from collections.abc import Iterator
from typing import Final

import pytest
from aws_lambda_powertools import Logger

from tests.fakes.gate import FakeGate, open_event
from tests.fakes.ledger import FakeLedger
from tests.fakes.publisher import FakePublisher

# Made before any test: a handler that is made inside one has a captured stream, which is closed afterwards.
_LOGGER: Final = Logger()


@pytest.fixture
def gate() -> FakeGate:
    """Return a gate with the default event of 100 seats."""
    gate = FakeGate()
    gate.create(open_event())
    return gate


@pytest.fixture
def stream() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def ledger() -> FakeLedger:
    """Return a ledger with the default event of 100 seats."""
    ledger = FakeLedger()
    ledger.add_event(open_event())
    return ledger


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Collect what the functions log: Powertools' handler would write to the stream of their import."""
    handler = _LOGGER.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    buffer = io.StringIO()
    stream = handler.setStream(buffer)
    yield buffer
    handler.setStream(stream)
