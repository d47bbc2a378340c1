"""A schedule's event is EventBridge's, or the template's Input."""

import json

from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent

from local.function import Schedule
from local.scheduler import build_event


def test_powertools_reads_a_rule_s_event() -> None:
    read = EventBridgeEvent(json.loads(json.dumps(build_event(Schedule("rate(1 minute)")))))
    assert (read.source, read.detail_type, read.detail) == ("aws.events", "Scheduled Event", {})


def test_the_input_takes_its_place() -> None:
    assert build_event(Schedule("rate(1 minute)", "aws.scheduler", '{"a": 1}')) == {"a": 1}
