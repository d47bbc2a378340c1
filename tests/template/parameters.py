"""Parameters that switch resources on or off, and all their combinations."""

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
SCHEDULE: Final[Parameters] = {"WarmUpAt": "2026-12-01T11:45:00", "CoolDownAt": "2026-12-01T12:30:00"}
CORS: Final[Parameters] = {"CorsOrigins": "https://example.com,https://www.example.com"}
TOKENS: Final[Parameters] = {
    "Identity": "token",
    "JwtIssuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a1b2C3d4E",
    "JwtAudience": "https://api.example.com",
}
NOTHING: Final[Parameters] = {}


def _combinations() -> Iterator[Parameters]:
    """Return all combinations for the stores, then all for the rest; the two share no condition."""
    yield from ({"NatGateway": nat, **zones} for nat, zones in product(("no", "yes"), (NOTHING, ZONES)))
    for kafka, redis, mysql in product((NOTHING, KAFKA), (NOTHING, REDIS), (NOTHING, MYSQL)):
        for topics in ("yes", "no") if kafka else ("yes",):
            yield {**NETWORK, **kafka, **redis, **mysql, "CreateTopics": topics}
    start = (NOTHING, {"ProvisionedConcurrency": "10"}, SCHEDULE, {"SnapStart": "on"})
    yield from ({**concurrency, **cors} for concurrency, cors in product(start, (NOTHING, CORS)))
    yield from ({**TOKENS, **cors} for cors in (NOTHING, CORS))


COMBINATIONS: Final = tuple(_combinations())


def named(parameters: Parameters) -> str:
    """Name a combination by what it changes."""
    return "+".join(f"{name}={value[:12]}" for name, value in parameters.items()) or "defaults"
