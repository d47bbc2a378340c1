"""An invocation emits exactly what it counted."""

import json

import pytest
from aws_lambda_powertools import Metrics

from eventrush.metrics import COUNT, flushed


def test_an_invocation_emits_what_it_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="Test", service="test")
    for _ in range(2):
        with flushed(metrics):
            metrics.add_metric("Counted", COUNT, 1)
    assert [json.loads(line)["Counted"] for line in capsys.readouterr().out.splitlines()] == [[1.0], [1.0]]


def test_an_invocation_that_counts_nothing_emits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with flushed(Metrics(namespace="Test", service="test")):
        pass
    assert capsys.readouterr().out == ""


def test_disabled_metrics_emit_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
    metrics = Metrics(namespace="Test", service="test")
    for _ in range(300):
        with flushed(metrics):
            metrics.add_metric("Counted", COUNT, 1)
    assert capsys.readouterr().out == ""
