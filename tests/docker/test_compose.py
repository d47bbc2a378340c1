"""`docker compose up -d --wait` starts everything."""

import json

import pytest

from admin.service import Admin
from tests.docker.terminal import Terminal

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("compose")]


def test_ports_are_bound_to_loopback_only(terminal: Terminal) -> None:
    containers = terminal.run("docker compose ps --format json").splitlines()
    published = {port["URL"] for line in containers for port in json.loads(line)["Publishers"] if port["PublishedPort"]}
    assert published == {"127.0.0.1"}


def test_the_topic_exists(terminal: Terminal) -> None:
    line = "docker compose exec -T kafka /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:19092 --describe"
    description = terminal.run(line)
    assert "Topic: event.join\t" in description
    assert "PartitionCount: 3" in description


def test_the_tables_exist(terminal: Terminal) -> None:
    line = "docker compose exec -T mysql mysql -ueventrush -peventrush eventrush -Ne 'SHOW TABLES'"
    assert {"event", "event_join", "dead_letter"} <= set(terminal.run(line).split())


def test_all_migrations_are_applied(admin: Admin) -> None:
    assert admin.migrate() == []
