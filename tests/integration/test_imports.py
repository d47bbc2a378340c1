"""An init imports a function's client libraries, and little more."""

import json
import statistics
import subprocess
import sys

import pytest

# What a function cannot do without, and how much longer its own import may take; Powertools belongs to the difference.
BOUNDS = {
    "join": ("redis, confluent_kafka", 1.2),
    "persist": ("redis, pymysql", 1.5),
    "reconcile": ("redis, pymysql, confluent_kafka", 1.6),
    "migrate": ("pymysql", 4),
    "admin": ("redis, pymysql, confluent_kafka, pydantic", 1.8),
}
_NEVER = {"boto3", "botocore.session", "aws_lambda_powertools.event_handler"}
LEFT_OUT = {
    "join": _NEVER | {"aws_lambda_powertools", "pydantic", "pymysql", "tenacity"},
    "persist": _NEVER | {"confluent_kafka", "pydantic"},
    "reconcile": _NEVER | {"pydantic"},
    "migrate": _NEVER | {"confluent_kafka", "pydantic", "redis"},
    "admin": _NEVER,
}
ROUNDS = 5


def run(code: str) -> str:
    """Return what a new interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603


@pytest.mark.parametrize("function", BOUNDS)
def test_an_import_takes_little_longer_than_that_of_the_client_libraries(function: str) -> None:
    """Both are measured in one process, so that what else the machine does slows both down."""
    libraries, bound = BOUNDS[function]
    code = f"""
from time import process_time
start = process_time()
import {libraries}
between = process_time()
import {function}.handler
print((process_time() - start) / (between - start))
"""
    assert statistics.median(float(run(code)) for _ in range(ROUNDS)) <= bound


@pytest.mark.parametrize("function", LEFT_OUT)
def test_an_import_leaves_out_what_the_function_does_not_use(function: str) -> None:
    loaded = json.loads(run(f"import json, sys, {function}.handler; print(json.dumps(list(sys.modules)))"))
    assert LEFT_OUT[function] & set(loaded) == set()
