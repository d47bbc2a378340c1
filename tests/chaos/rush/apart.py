"""Room of its own on the servers of a stack: another Redis database, topic, group and MySQL database."""

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.servers import Stack
from tests.chaos.faults.ledger import as_root


def apart(stack: Stack, name: str) -> dict[str, str]:
    """Make the room and give the settings that lead there."""
    admin = AdminClient({"bootstrap.servers": stack.environ["KAFKA_BOOTSTRAP_SERVERS"], "log_level": 0})
    for made in admin.create_topics([NewTopic(name, 3, 1)]).values():
        made.result()
    with as_root(stack) as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"GRANT ALL PRIVILEGES ON {name}.* TO eventrush@'127.0.0.1'")
    return stack.environ | {
        "REDIS_URL": stack.environ["REDIS_URL"].removesuffix("/0") + "/1",
        "KAFKA_TOPIC": name,
        "KAFKA_CONSUMER_GROUP": name,
        "MYSQL_DATABASE": name,
    }
