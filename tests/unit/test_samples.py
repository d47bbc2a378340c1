"""The sample events have the form of AWS's events, as Powertools reads them."""

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2, EventBridgeEvent, KafkaEvent

from tests.samples import EVENTS, sample

NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))
HTTP = [name for name in NAMES if "requestContext" in sample(name)]
KAFKA = [name for name in NAMES if sample(name).get("eventSource") == "aws:kafka"]


def test_there_are_samples_of_every_kind() -> None:
    assert {"join-winner", "join-duplicate", "join-malformed", "join-token", "get-event", "get-entry"} <= set(HTTP)
    assert {"persist-batch", "persist-poison"} <= set(KAFKA)
    assert {"reconcile-schedule", "admin-create", "admin-report"} <= set(NAMES)


@pytest.mark.parametrize("name", HTTP)
def test_http_samples_are_read_by_powertools(name: str) -> None:
    event = APIGatewayProxyEventV2(sample(name))
    assert event.version == "2.0"
    assert event.raw_path == event.request_context.http.path == event.path
    assert event.request_context.request_id
    assert event.route_key in {"$default", f"{event.http_method} /api/event/join"} or event.path_parameters


@pytest.mark.parametrize("name", ["join-token", "get-entry-token"])
def test_claims_are_where_powertools_reads_them(name: str) -> None:
    authorizer = APIGatewayProxyEventV2(sample(name)).request_context.authorizer
    assert authorizer is not None
    assert authorizer.jwt_claim is not None
    assert authorizer.jwt_claim["sub"] == "3"
    assert all(isinstance(value, str) for value in authorizer.jwt_claim.values()), "as API Gateway gives them"


@pytest.mark.parametrize("name", KAFKA)
def test_kafka_samples_are_read_by_powertools(name: str) -> None:
    event = KafkaEvent(sample(name))
    assert event.event_source_arn
    for key, records in event.raw_event["records"].items():
        assert {f"{record['topic']}-{record['partition']}" for record in records} == {key}
    assert all(isinstance(record.decoded_value, bytes) for record in event.records)


def test_the_schedule_sample_is_read_by_powertools() -> None:
    assert EventBridgeEvent(sample("reconcile-schedule")).detail_type == "Scheduled Event"
