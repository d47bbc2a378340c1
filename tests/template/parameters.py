"""Parameters that switch resources, and every way in which they can be combined."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

type Parameters = Mapping[str, str]

NETWORK: Final[Parameters] = {"VpcId": "vpc-0a1b2c3d", "SubnetIds": "subnet-0a1b2c3d,subnet-1a1b2c3d,subnet-2a1b2c3d"}
ZONES: Final[Parameters] = {"Zones": "us-east-1a,us-east-1b,us-east-1d"}
KAFKA: Final[Parameters] = {
    "KafkaClusterArn": "arn:aws:kafka:us-east-1:123456789012:cluster/theirs/11111111-2222-3333-4444-555555555555-6",
    "KafkaSecurityGroupId": "sg-0a1b2c3d",
}
REDIS: Final[Parameters] = {"RedisUrl": "rediss://gate.example.com:6379/0", "RedisSecurityGroupId": "sg-1a1b2c3d"}
MYSQL: Final[Parameters] = {
    "MysqlHost": "ledger.example.com",
    "MysqlSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:ledger-AbCdEf",
    "MysqlSecurityGroupId": "sg-2a1b2c3d",
}
NOTHING: Final[Parameters] = {}

WARMTH: Final[tuple[Parameters, ...]] = (
    NOTHING,
    {"ProvisionedConcurrency": "10"},
    {"WarmUpAt": "2026-12-01T11:45:00", "CoolDownAt": "2026-12-01T12:30:00"},
    {"SnapStart": "on"},
)
CORS: Final[tuple[Parameters, ...]] = (NOTHING, {"CorsOrigins": "https://example.com,https://www.example.com"})


def _combinations() -> Iterator[Parameters]:
    """Give every combination of what switches stores, then of what switches the rest; the two share no condition."""
    yield from ({"NatGateway": nat, **zones} for nat, zones in product(("no", "yes"), (NOTHING, ZONES)))
    for kafka, redis, mysql in product((NOTHING, KAFKA), (NOTHING, REDIS), (NOTHING, MYSQL)):
        for topics in ("yes", "no") if kafka else ("yes",):
            yield {**NETWORK, **kafka, **redis, **mysql, "CreateTopics": topics}
    for warmth, cors in product(WARMTH, CORS):
        yield {**warmth, **cors}


COMBINATIONS: Final = tuple(_combinations())


def named(parameters: Parameters) -> str:
    """Name a combination by what it changes."""
    return "+".join(f"{name}={value[:12]}" for name, value in parameters.items()) or "defaults"
