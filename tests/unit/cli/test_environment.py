"""The settings for servers on this machine."""

from cli.environment import environment, kafka_options
from local.servers import Servers

_PORTS = {"redis": 1, "kafka": 2, "mysql": 3}


def test_the_settings_lead_to_loopback() -> None:
    environ = environment(Servers(ports=_PORTS, password="s3cret", tls=True))
    assert environ["REDIS_URL"] == "redis://127.0.0.1:1/0"
    assert environ["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:2"
    assert (environ["MYSQL_HOST"], environ["MYSQL_PORT"], environ["MYSQL_TLS"]) == ("127.0.0.1", "3", "required")
    assert environ["MYSQL_PASSWORD"] == "s3cret"


def test_topic_and_group_are_the_template_s() -> None:
    settings = environment(Servers(ports=_PORTS, password="", tls=False))
    assert (settings["KAFKA_TOPIC"], settings["KAFKA_CONSUMER_GROUP"]) == ("event.join", "event-consumer-group")
    assert kafka_options(settings) == {
        "bootstrap_servers": "127.0.0.1:2",
        "topics": ["event.join"],
        "group": "event-consumer-group",
    }
