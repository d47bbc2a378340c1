"""Start the servers of a native stack together, or find them running."""

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.servers import settings
from local.servers.native.kafka import KafkaServer
from local.servers.native.mysql import MysqlServer
from local.servers.native.redis import RedisServer
from local.servers.native.service import NativeService, stop_all
from local.servers.ports import free_port
from local.servers.stack import Stack

_logger = logging.getLogger("local.servers")


def start(directory: Path) -> Stack:
    """Start the servers on free ports.

    StackError when one does not come up, PortTakenError where another process was quicker to a port; none is left
    running then, nor after an interrupt.
    """
    ports = {name: free_port() for name in ("redis", "kafka", "controller", "mysql")}
    password = secrets.token_urlsafe(18)
    services = _services(directory, ports, password)
    stop_all(services)  # what an interrupted start may have left, known by its pid files
    try:
        for service in services:
            service.prepare()
        for service in services:
            service.launch()
        for service in services:
            service.await_ready()
            _logger.info("%s is ready on port %d.", service.name, service.port)
    except BaseException:  # an interrupt too must leave nothing running
        stop_all(services)
        raise
    return _stack(directory, ports, password, services)


def describe(directory: Path, state: Mapping[str, Any]) -> Stack:
    """Return the stack that `Stack.save` wrote down, running or not."""
    ports, password = state["ports"], state["environ"]["MYSQL_PASSWORD"]
    return _stack(directory, ports, password, _services(directory, ports, password))


def _services(directory: Path, ports: Mapping[str, int], password: str) -> list[NativeService]:
    return [
        NativeService(RedisServer(directory / "redis", ports["redis"])),
        NativeService(KafkaServer(directory / "kafka", ports["kafka"], ports["controller"])),
        NativeService(MysqlServer(directory / "mysql", ports["mysql"], password)),
    ]


def _stack(directory: Path, ports: Mapping[str, int], password: str, services: list[NativeService]) -> Stack:
    return Stack(
        directory=directory,
        kind="native",
        services={service.name: service for service in services},
        environ=settings.environ(ports, password, tls="off"),
        recipe={"ports": dict(ports)},
        end=lambda: stop_all(services),
    )
