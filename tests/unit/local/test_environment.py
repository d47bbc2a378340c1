"""A function's processes see the template's settings under the stack's."""

import pytest

from local.function import Function
from local.lambda_runtime import environment

FUNCTION = Function("F", "f.handler", environment={"A": "template", "B": "template", "MYSQL_SECRET_ARN": "arn"})


def test_settings_lie_over_the_template() -> None:
    environ = environment(FUNCTION, {"B": "stack"})
    assert (environ["A"], environ["B"]) == ("template", "stack")
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == "F"


def test_resources_of_aws_are_left_out_unless_given() -> None:
    assert "MYSQL_SECRET_ARN" not in environment(FUNCTION, {})
    assert environment(FUNCTION, {"MYSQL_SECRET_ARN": "given"})["MYSQL_SECRET_ARN"] == "given"


def test_metrics_are_silent_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    assert environment(FUNCTION, {})["POWERTOOLS_METRICS_DISABLED"] == "true"
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    assert environment(FUNCTION, {})["POWERTOOLS_METRICS_DISABLED"] == "false"
