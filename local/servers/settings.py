"""The settings that lead the functions to a local stack."""

from collections.abc import Mapping

from local.servers.ports import HOST
from local.servers.topics import TOPIC


def environ(ports: Mapping[str, int], password: str, tls: str) -> dict[str, str]:
    """Return the environment variables for servers on loopback ports; `tls` is MYSQL_TLS's value."""
    return {
        "REDIS_URL": f"redis://{HOST}:{ports['redis']}/0",
        "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{ports['kafka']}",
        "KAFKA_AUTH": "plaintext",
        "KAFKA_TOPIC": TOPIC,
        "KAFKA_CONSUMER_GROUP": "event-consumer-group",
        "MYSQL_HOST": HOST,
        "MYSQL_PORT": str(ports["mysql"]),
        "MYSQL_DATABASE": "eventrush",
        "MYSQL_USER": "eventrush",
        "MYSQL_PASSWORD": password,
        "MYSQL_TLS": tls,
    }
