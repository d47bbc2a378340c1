"""What Size chooses costs, idle, what docs/operations.md says; dev costs less than 330 dollars a month."""

from typing import Final

import pytest

from tests.template.deployment import ROOT, Json, sources

HOURS: Final = 730
# Dollars an hour, the list prices of docs/operations.md.
PRICES: Final = {
    "kafka.t3.small": 0.0456,
    "kafka.m7g.large": 0.204,
    "cache.t4g.micro": 0.0128,
    "cache.m7g.large": 0.126,
}
ACU: Final = 0.12
ENDPOINT: Final = 0.01
POLLER: Final = 0.185
GIB_MONTH: Final = 0.10
MONITORING: Final = {"dev": 0.017, "prod": 0.020}
GB_SECOND: Final = 0.0000133


def month(size: str) -> float:
    """Return the dollars of an idle month, from what the templates create for a size."""
    given = sources()
    chosen: Json = given["root"]["Mappings"]["Sizes"][size]
    brokers: int = given["kafka"]["Resources"]["Cluster"]["Properties"]["NumberOfBrokerNodes"]
    nodes: int = 1 + given["redis"]["Resources"]["Gate"]["Properties"]["ReplicasPerNodeGroup"]
    instances = 1 + (chosen["MysqlReader"] == "yes")
    interfaces = [
        one
        for one in given["endpoints"]["Resources"].values()
        if one["Type"] == "AWS::EC2::VPCEndpoint" and one["Properties"]["VpcEndpointType"] == "Interface"
    ]
    # dev has them in one zone, and none of what has a condition.
    endpoints = len([one for one in interfaces if "Condition" not in one]) if size == "dev" else 3 * len(interfaces)
    reconciling: float = HOURS * 60 * (1 if float(chosen["ReconcileEveryS"]) >= 60 else 56) * 1769 / 1024 * GB_SECOND
    hourly: float = (
        brokers * PRICES[chosen["KafkaInstanceType"]]
        + nodes * PRICES[chosen["RedisNodeType"]]
        + instances * float(chosen["MysqlMinCapacity"]) * ACU
        + endpoints * ENDPOINT
        + float(chosen["PollersMin"]) * POLLER
        + MONITORING[size]
    )
    return hourly * HOURS + brokers * float(chosen["KafkaVolumeGiB"]) * GIB_MONTH + reconciling


def test_dev_costs_less_than_330_dollars_a_month() -> None:
    assert month("dev") < 330


@pytest.mark.parametrize("size", ["dev", "prod"])
def test_the_operations_guide_has_the_figure(size: str) -> None:
    line = next(line for line in (ROOT / "docs" / "operations.md").read_text().splitlines() if "| **a month" in line)
    prod, dev = (float(cell.strip(" *").replace(",", "")) for cell in line.split("|")[2:4])
    assert month(size) == pytest.approx({"dev": dev, "prod": prod}[size], abs=1)


def test_every_size_has_the_same_settings() -> None:
    dev, prod = sources()["root"]["Mappings"]["Sizes"].values()
    assert dev.keys() == prod.keys()
