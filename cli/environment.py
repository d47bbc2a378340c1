"""The settings that lead the functions to servers on this machine."""

from collections.abc import Mapping

from local import template
from local.kafka_source import KafkaOptions
from local.ports import HOST
from local.servers import Servers

# By default the group carries the name of a stack, and there is none here.
_GROUP = "event-consumer-group"


def environment(servers: Servers) -> dict[str, str]:
    """Return the environment variables for these servers; topic and consumer group are the template's."""
    [mapping] = template.load(parameters={"KafkaConsumerGroup": _GROUP}).consumer().mappings
    return {
        "REDIS_URL": f"redis://{HOST}:{servers.ports['redis']}/0",
        "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{servers.ports['kafka']}",
        "KAFKA_AUTH": "plaintext",
        "KAFKA_TOPIC": mapping.topics[0],
        "KAFKA_CONSUMER_GROUP": mapping.group,
        "WARMING_ROLE_ARN": "",  # processes here are always warm
        "MYSQL_HOST": HOST,
        "MYSQL_PORT": str(servers.ports["mysql"]),
        "MYSQL_DATABASE": "eventrush",
        "MYSQL_USER": "eventrush",
        "MYSQL_PASSWORD": servers.password,
        "MYSQL_TLS": "required" if servers.tls else "off",
    }


def kafka_options(settings: Mapping[str, str]) -> KafkaOptions:
    """Return what a Kafka source must read to follow the producer's settings: arguments of `local.application`."""
    return {
        "bootstrap_servers": settings["KAFKA_BOOTSTRAP_SERVERS"],
        "topics": [settings["KAFKA_TOPIC"]],
        "group": settings["KAFKA_CONSUMER_GROUP"],
    }
