"""A native stack with two ways to each of its servers: the direct one, and one through toxiproxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from local import servers as stacks
from local.servers import Stack
from local.servers.native.kafka import KafkaServer
from local.servers.native.service import NativeService
from local.servers.ports import HOST, free_port
from tests.chaos.faults import toxiproxy
from tests.chaos.faults.toxiproxy import Toxiproxy


@dataclass(frozen=True)
class TwoWayKafka(KafkaServer):
    """A broker that tells whoever comes by its second port to go on through the proxy."""

    proxied_port: int = 0
    proxy_port: int = 0

    @property
    def ports(self) -> tuple[int, ...]:
        return (*super().ports, self.proxied_port)

    def _settings(self) -> dict[str, str | int]:
        settings = super()._settings()
        return settings | {
            "listeners": f"{settings['listeners']},PROXIED://{HOST}:{self.proxied_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port},PROXIED://{HOST}:{self.proxy_port}",
            "listener.security.protocol.map": f"{settings['listener.security.protocol.map']},PROXIED:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }


@dataclass(frozen=True)
class TwoWays:
    """The stack, the proxy, and the settings that lead through it."""

    stack: Stack
    proxy: Toxiproxy

    @property
    def environ(self) -> dict[str, str]:
        ports = self.proxy.ports
        return self.stack.environ | {
            "REDIS_URL": f"redis://{HOST}:{ports['redis']}/0",
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{ports['kafka']}",
            "MYSQL_PORT": str(ports["mysql"]),
        }


@contextmanager
def two_ways(directory: Path) -> Iterator[TwoWays]:
    """Start them; the proxies do nothing until they are told to."""
    with (
        stacks.start(directory, "native") as one_way,
        toxiproxy.running(list(one_way.services), directory / "toxiproxy.log") as proxy,
    ):
        kafka = _two_way(cast(NativeService, one_way.services["kafka"]), proxy.ports["kafka"])
        one_way.services["kafka"].stop()
        kafka.start()
        stack = replace(one_way, services={**one_way.services, "kafka": kafka})
        for name in ("redis", "mysql"):
            proxy.add(name, stack.services[name].port)
        proxy.add("kafka", cast(TwoWayKafka, kafka.server).proxied_port)
        yield TwoWays(stack, proxy)


def _two_way(service: NativeService, proxy_port: int) -> NativeService:
    server = cast(KafkaServer, service.server)
    return NativeService(
        TwoWayKafka(server.data, server.port, server.controller_port, proxied_port=free_port(), proxy_port=proxy_port)
    )
