"""What happens to a server: it dies and comes back, loses all it had, or freezes."""

import time
from collections.abc import Callable

from local.servers import Service

FROZEN_S = 10.0


def killed(server: Service) -> None:
    """Kill it and start it again, with its data."""
    server.kill()
    server.start()


def emptied(server: Service) -> None:
    """Kill it and start it again, without its data."""
    server.kill()
    server.wipe()
    server.start()


def frozen(server: Service) -> None:
    """Stop it in its tracks for a while."""
    server.suspend()
    try:
        time.sleep(FROZEN_S)
    finally:
        server.resume()


SERVER_FAULTS: dict[str, tuple[str, Callable[[Service], None]]] = {
    "Redis killed, back with its file": ("redis", killed),
    "Redis killed, back empty": ("redis", emptied),
    "Kafka killed": ("kafka", killed),
    "MySQL killed": ("mysql", killed),
    "Redis frozen 10 s": ("redis", frozen),
    "Kafka frozen 10 s": ("kafka", frozen),
    "MySQL frozen 10 s": ("mysql", frozen),
}
