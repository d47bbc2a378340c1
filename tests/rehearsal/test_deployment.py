"""A deployment from its first day to its last, in this order: each test goes on where the one before stopped.

ministack proves what is wired to what. It does not check permissions, networks or times; stubs.py lists what it lacks.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
import pytest

from admin.warming import Warming
from eventrush.models import Event
from local import teardown
from tests.rehearsal.emulator import Emulator, RefusedError
from tests.template.deployment import sources
from tests.template.parameters import SCHEDULE

STACK: Final = "rehearsal"
LEFT: Final = {"Network", "Endpoints", "Security", "Kafka", "Redis", "Mysql", "Topics"}
# Per parameter that reaches JoinFunction: another value than the default.
SETTINGS: Final = {
    "DefaultEventId": "spring",
    "GateIdentity": "blank",
    "GateRemember": "off",
    "GateReplicaAcks": "1",
    "KafkaTopic": "event.join.2",
    "LogLevel": "DEBUG",
}


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"KafkaInstanceType": "kafka.x1.large"}, "kafka.x1.large is not available in us-east-1a"),
        ({"Zones": "us-east-1a,us-east-1b,us-east-1z"}, "MSK is not available in us-east-1z of this account"),
        ({"KafkaPartitions": "990"}, "This account may run"),
    ],
)
def test_an_account_that_lacks_something_is_refused_before_anything_slow(
    emulator: Emulator, template_url: str, parameters: dict[str, str], sentence: str
) -> None:
    made = len(emulator.resources())
    stack = emulator.deploy("refused", template_url, parameters)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(sentence in reason for reason in emulator.events(stack["StackId"]))
    started = {one["logicalId"] for one in emulator.resources()[made:]}
    assert not {name for name in started if name.removesuffix("Stack") in LEFT}
    emulator.delete("refused")


def test_the_first_deployment_is_complete(emulator: Emulator, template_url: str) -> None:
    stack = emulator.deploy(STACK, template_url, {})
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.events(stack["StackId"])
    given = outputs(stack)
    assert given.keys() == sources()["root"]["Outputs"].keys()
    assert all(given.values())
    functions = {function["FunctionName"] for function in emulator.client("lambda").list_functions()["Functions"]}
    assert given["AdminFunction"] in functions


def test_a_combination_that_cannot_work_is_refused(emulator: Emulator, template_url: str) -> None:
    with pytest.raises(RefusedError, match="Set both WarmUpAt and CoolDownAt, or neither"):
        emulator.deploy(STACK, template_url, {"WarmUpAt": SCHEDULE["WarmUpAt"]})
    assert emulator.status(STACK) == "CREATE_COMPLETE"


@pytest.mark.parametrize(("parameter", "value"), SETTINGS.items())
def test_a_changed_setting_reaches_the_alias(emulator: Emulator, template_url: str, parameter: str, value: str) -> None:
    client = emulator.client("lambda")
    before = alias(client)
    stack = emulator.deploy(STACK, template_url, {parameter: value})
    assert stack["StackStatus"] == "UPDATE_COMPLETE", emulator.events(stack["StackId"])
    assert alias(client) > before
    live = client.get_function_configuration(FunctionName=f"{STACK}-join", Qualifier="live")
    assert value in {*live["Environment"]["Variables"].values()}


def alias(client: Any) -> int:
    return int(client.get_alias(FunctionName=f"{STACK}-join", Name="live")["FunctionVersion"])


def test_pollers_and_concurrency_follow_the_partitions(emulator: Emulator, template_url: str) -> None:
    emulator.deploy(STACK, template_url, {"KafkaPartitions": "24", "PollersMin": "3"})
    assert emulator.latest("Entries")["PartitionCount"] == "24"
    pollers = {"MinimumPollers": "3", "MaximumPollers": "24"}
    assert emulator.latest("PersistFunctionEntries")["ProvisionedPollerConfig"] == pollers
    assert emulator.latest("PersistFunction")["ReservedConcurrentExecutions"] == "24"


def test_environments_are_warmed_up_and_cooled_down_at_the_given_times(emulator: Emulator, template_url: str) -> None:
    emulator.deploy(STACK, template_url, {**SCHEDULE, "WarmConcurrency": "300"})
    target = emulator.latest("WarmJoin")
    assert target["ResourceId"] == f"function:{STACK}-join:live"
    actions = {action["ScheduledActionName"]: action for action in target["ScheduledActions"]}
    assert actions["warm-up"]["Schedule"] == f"at({SCHEDULE['WarmUpAt']})"
    assert actions["warm-up"]["ScalableTargetAction"] == {"MinCapacity": "300", "MaxCapacity": "300"}
    assert actions["cool-down"]["Schedule"] == f"at({SCHEDULE['CoolDownAt']})"


def test_an_event_s_warm_up_can_be_scheduled(
    emulator: Emulator, template_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the settings that AdminFunction has, and into the group that the stack has."""
    emulator.deploy(STACK, template_url, {})
    admin = emulator.client("lambda").get_function_configuration(FunctionName=f"{STACK}-admin")
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
    warming = Warming.from_env(admin["Environment"]["Variables"])
    assert warming
    assert warming.function == f"{STACK}-join"
    opens_at = datetime.now(UTC) + timedelta(days=1)
    warming.schedule(Event("spring", "Spring", 100, opens_at, None), 2000)
    schedules = emulator.client("scheduler").list_schedules(GroupName=STACK)["Schedules"]
    assert {schedule["Name"] for schedule in schedules} == {"spring-warm", "spring-cool"}
    assert emulator.client("iam").get_role(RoleName=warming.role_arn.rsplit("/", 1)[1])


def test_deleting_leaves_the_data_and_the_network(emulator: Emulator) -> None:
    assert emulator.delete(STACK)["StackStatus"] == "DELETE_COMPLETE"
    summaries = emulator.client("cloudformation").list_stacks()["StackSummaries"]
    left = {one["StackName"].split("-")[1] for one in summaries if one["StackStatus"] != "DELETE_COMPLETE"}
    assert left == {f"{name}Stack" for name in LEFT}
    assert emulator.client("lambda").list_functions()["Functions"] == []


def test_the_next_deployment_has_stores_of_its_own(emulator: Emulator, template_url: str) -> None:
    before = emulator.latest("Cluster")["ClusterName"]
    stack = emulator.deploy(STACK, template_url, {})
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.events(stack["StackId"])
    assert emulator.latest("Cluster")["ClusterName"] != before


def test_the_outputs_are_the_parameters_of_a_deployment_on_the_same_stores(
    emulator: Emulator, template_url: str
) -> None:
    given = outputs(emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0])
    emulator.delete(STACK)
    reused = {name: value for name, value in given.items() if name in sources()["root"]["Parameters"]}
    clusters = len([one for one in emulator.resources() if one["logicalId"] == "Cluster"])
    # ministack's Redis has another name than AWS's, which the parameter's pattern would refuse.
    stack = emulator.deploy(STACK, template_url, {**reused, "CreateTopics": "no"})
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.events(stack["StackId"])
    assert outputs(stack)["MysqlHost"] == given["MysqlHost"]
    assert len([one for one in emulator.resources() if one["logicalId"] == "Cluster"]) == clusters


def test_size_dev_is_smaller_and_is_torn_down_with_everything(
    emulator: Emulator, template_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = len(emulator.resources())
    stack = emulator.deploy("small", template_url, {"Size": "dev"})
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.events(stack["StackId"])
    assert "Reader" not in {one["logicalId"] for one in emulator.resources()[made:]}
    assert emulator.latest("Cluster")["BrokerNodeGroupInfo"]["InstanceType"] == "kafka.t3.small"
    assert len(emulator.latest("SecretsManager")["SubnetIds"]) == 1
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
    deleted = teardown.delete(boto3.Session(), "small", poll_s=0.05)
    assert deleted[0] == "small"
    assert {name.split("-")[1] for name in deleted[1:]} == {f"{name}Stack" for name in LEFT}
    assert emulator.status("small") is None


def test_size_dev_is_refused_for_a_rush(emulator: Emulator, template_url: str) -> None:
    stack = emulator.deploy("rush", template_url, {"Size": "dev", **SCHEDULE})
    assert any("accept 4 new connections per second" in reason for reason in emulator.events(stack["StackId"]))
