"""A native stack whose servers can be reached directly and through Toxiproxy."""

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
from tests.chaos import toxiproxy
from tests.chaos.toxiproxy import Toxiproxy


@dataclass(frozen=True)
class TwoListenerKafka(KafkaServer):
    """A broker with a second listener, which tells its clients to come back through the proxy."""

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
class ProxiedStack:
    """The stack with the settings of the direct way, the proxy, and the settings that lead through it."""

    stack: Stack
    proxy: Toxiproxy

    @property
    def environ(self) -> dict[str, str]:
        """Return the functions' settings through the proxy."""
        ports = self.proxy.ports
        return self.stack.environ | {
            "REDIS_URL": f"redis://{HOST}:{ports['redis']}/0",
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{ports['kafka']}",
            "MYSQL_PORT": str(ports["mysql"]),
        }


@contextmanager
def start(directory: Path) -> Iterator[ProxiedStack]:
    """Start servers and proxies; a proxy passes everything on until a test adds a toxic or cuts it."""
    with (
        stacks.start(directory, "native") as started,
        toxiproxy.running(list(started.services), directory / "toxiproxy.log") as proxy,
    ):
        kafka = _with_two_listeners(cast(NativeService, started.services["kafka"]), proxy.ports["kafka"])
        started.services["kafka"].stop()
        kafka.start()
        stack = replace(started, services={**started.services, "kafka": kafka})
        for name in ("redis", "mysql"):
            proxy.add(name, stack.services[name].port)
        proxy.add("kafka", cast(TwoListenerKafka, kafka.server).proxied_port)
        yield ProxiedStack(stack, proxy)


def _with_two_listeners(service: NativeService, proxy_port: int) -> NativeService:
    server = cast(KafkaServer, service.server)
    return NativeService(
        TwoListenerKafka(
            server.data, server.port, server.controller_port, proxied_port=free_port(), proxy_port=proxy_port
        )
    )
