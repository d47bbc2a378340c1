"""What the AWS account must have, asked before anything is created that takes long."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

# Lambda keeps these for functions that reserve nothing, and refuses to reserve more than the rest.
UNRESERVABLE: Final = 100
ZONES: Final = 3
# Each environment connects to the brokers when it starts: https://docs.aws.amazon.com/msk/latest/developerguide/limits.html
_SLOW_BROKER: Final = "kafka.t3.small"
_SLOW_BROKER_REQUESTS: Final = 200


def problems(wanted: Mapping[str, Any], region: str, ec2: Any, lambda_: Any) -> Iterator[str]:
    """Report in sentences what the account lacks.

    `wanted` are the properties of Custom::Account in template.yaml, `ec2` and `lambda_` boto3's clients.
    """
    yield from _concurrency(wanted, lambda_)
    zones = _zones(wanted, ec2)
    if len(set(zones)) < ZONES:
        yield f"Three availability zones are needed, and there are {len(set(zones))}: choose another region."
        return
    if wanted["KafkaInstanceType"]:
        supported = _kafka_zones(region, ec2)
        if missing := [zone for zone in zones if zone not in supported]:
            yield (
                f"MSK is not available in {', '.join(missing)} of this account; choose three of"
                f" {', '.join(supported)} with the parameter Zones, or subnets in them."
            )
            return
    if wanted["KafkaInstanceType"] == _SLOW_BROKER and (
        int(wanted["Warm"]) or int(wanted["ThrottleRate"]) > _SLOW_BROKER_REQUESTS
    ):
        yield (
            f"Brokers of the type {_SLOW_BROKER} accept 4 new connections per second, too few for warm environments or"
            f" a ThrottleRate above {_SLOW_BROKER_REQUESTS}: choose KafkaInstanceType=kafka.m7g.large."
        )
    for name in ("KafkaInstanceType", "RedisNodeType"):
        # A type that EC2 does not have in a zone, no service has there.
        if wanted[name] and (missing := _without(wanted[name], zones, ec2)):
            yield f"{wanted[name]} is not available in {', '.join(missing)}; choose another {name}."


def _concurrency(wanted: Mapping[str, Any], lambda_: Any) -> Iterator[str]:
    reserved = sum(_reserved(name, lambda_) for name in wanted["Reserving"])
    free = lambda_.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] + reserved
    # Persist reserves one per partition, reconcile one.
    needed = int(wanted["Partitions"]) + 1 + int(wanted["Warm"]) + UNRESERVABLE
    if free < needed:
        yield (
            f"This account may run {free} Lambda functions at once, and {needed} are needed: ask Service Quotas for"
            " more of Lambda's “Concurrent executions”."
        )


def _reserved(name: str, lambda_: Any) -> int:
    """Return what a function of an earlier deployment reserves already."""
    try:
        return int(lambda_.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", 0))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return 0
        raise


def _zones(wanted: Mapping[str, Any], ec2: Any) -> list[str]:
    if not wanted["SubnetIds"]:
        return [str(zone) for zone in wanted["Zones"].split(",")[:ZONES] if zone]
    subnets = ec2.describe_subnets(SubnetIds=wanted["SubnetIds"].split(","))["Subnets"]
    return [str(subnet["AvailabilityZone"]) for subnet in subnets]


def _kafka_zones(region: str, ec2: Any) -> list[str]:
    """Return the zones of MSK's own endpoint."""
    found = ec2.describe_vpc_endpoint_services(ServiceNames=[f"com.amazonaws.{region}.kafka"])["ServiceDetails"]
    return sorted(zone for service in found for zone in service["AvailabilityZones"])


def _without(node_type: str, zones: Sequence[str], ec2: Any) -> list[str]:
    """Return the zones that do not offer a type like kafka.m7g.large."""
    filters = [
        {"Name": "instance-type", "Values": [node_type.split(".", 1)[1]]},
        {"Name": "location", "Values": list(zones)},
    ]
    offered = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)
    locations = {one["Location"] for one in offered["InstanceTypeOfferings"]}
    return [zone for zone in zones if zone not in locations]
