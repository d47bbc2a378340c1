"""Handlers for schedules."""

import json
import sys
import time
from typing import Any


def tick(event: dict[str, Any], _context: object) -> None:
    sys.stdout.write(f"{json.dumps(event)}\n")


def fail(_event: dict[str, Any], _context: object) -> None:
    raise ValueError("tock")


def hang(_event: dict[str, Any], _context: object) -> None:
    sys.stdout.write("hangs\n")
    time.sleep(60)
