"""Another value of a parameter publishes a version of JoinFunction exactly if it reaches the function."""

from pathlib import Path
from typing import Any, Final

import pytest

from local import cloudformation
from tests.template.deployment import as_text, deployment, sources
from tests.template.parameters import KAFKA, MYSQL, NETWORK, REDIS, SCHEDULE, TOKENS

# Parameters that come together are changed together.
CHANGES: Final[dict[str, dict[str, str]]] = {
    "Architecture": {"Architecture": "x86_64"},
    "DefaultEventId": {"DefaultEventId": "spring"},
    "GateIdentity": {"GateIdentity": "blank"},
    "GateRemember": {"GateRemember": "off"},
    "GateReplicaAcks": {"GateReplicaAcks": "1"},
    "Identity": dict(TOKENS),
    "KafkaClusterArn": {**NETWORK, **KAFKA},
    "KafkaConsumerGroup": {"KafkaConsumerGroup": "others"},
    "KafkaTopic": {"KafkaTopic": "others"},
    "LogLevel": {"LogLevel": "DEBUG"},
    "MysqlDatabase": {"MysqlDatabase": "others"},
    "MysqlHost": {**NETWORK, **MYSQL},
    "RedisUrl": {**NETWORK, **REDIS},
    "Size": {"Size": "dev"},
    "SnapStart": {"SnapStart": "on"},
    "VpcId": dict(NETWORK),
}
# These change no setting of the function.
OTHERS: Final[dict[str, dict[str, str]]] = {
    "AlarmEmail": {"AlarmEmail": "operator@example.com"},
    "CorsOrigins": {"CorsOrigins": "https://example.com"},
    "DeletionProtection": {"DeletionProtection": "false"},
    "KafkaInstanceType": {"KafkaInstanceType": "kafka.m7g.xlarge"},
    "KafkaPartitions": {"KafkaPartitions": "24"},
    "KafkaVolumeGiB": {"KafkaVolumeGiB": "200"},
    "LogRetentionDays": {"LogRetentionDays": "7"},
    "MaintenanceWindow": {"MaintenanceWindow": "tue:19:00-tue:20:00"},
    "MysqlMaxCapacity": {"MysqlMaxCapacity": "32"},
    "MysqlMinCapacity": {"MysqlMinCapacity": "4"},
    "NatGateway": {"NatGateway": "yes"},
    "PollersMin": {"PollersMin": "3"},
    "ProvisionedConcurrency": {"ProvisionedConcurrency": "10"},
    "RedisNodeType": {"RedisNodeType": "cache.m7g.xlarge"},
    "Rollout": {"Rollout": "AllAtOnce"},
    "SnapshotWindow": {"SnapshotWindow": "03:00-04:00"},
    "ThrottleBurst": {"ThrottleBurst": "9000"},
    "ThrottleRate": {"ThrottleRate": "9000"},
    "WarmUpAt": {**SCHEDULE, "WarmConcurrency": "100"},
    "Zones": {"Zones": "us-east-1a,us-east-1b,us-east-1d"},
}


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("translated") / "translated.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        file.write_text(as_text(deployment(sources()).root))
    return file


def made_of(translated: Path, parameters: dict[str, str]) -> tuple[Any, Any]:
    """Return the function's properties and those of the digest."""
    resources = cloudformation.load(translated, parameters)["Resources"]
    return resources["JoinFunction"]["Properties"], resources["Settings"]["Properties"]


def test_every_parameter_is_known() -> None:
    together = set().union(*(CHANGES | OTHERS).values())
    assert sources()["root"]["Parameters"].keys() - {"CreateTopics"} == together


@pytest.mark.parametrize("name", CHANGES)
def test_a_parameter_that_reaches_the_function_changes_the_digest(name: str, translated: Path) -> None:
    before, after = made_of(translated, {}), made_of(translated, CHANGES[name])
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize("name", OTHERS)
def test_another_parameter_does_not(name: str, translated: Path) -> None:
    """Lambda publishes no version of a function that has not changed, and the deployment would fail."""
    assert made_of(translated, {}) == made_of(translated, OTHERS[name])
