"""Handlers for schedules."""

import json
import sys
import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext


def tick(event: dict[str, Any], _context: object) -> None:
    sys.stdout.write(f"{json.dumps(event)}\n")


def fail(_event: dict[str, Any], _context: object) -> None:
    raise ValueError("tock")


def fill_time(_event: dict[str, Any], context: LambdaContext) -> None:
    """Use all of the time, as a handler does that has something to do every few seconds."""
    sys.stdout.write("begins\n")
    while context.get_remaining_time_in_millis() > 0:
        time.sleep(0.01)
    sys.stdout.write("ends in its own time\n")


def hang(_event: dict[str, Any], _context: object) -> None:
    sys.stdout.write("hangs\n")
    time.sleep(60)
