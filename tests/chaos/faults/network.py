"""What happens on the way between the functions and a server."""

import time
from collections.abc import Callable

from tests.chaos.faults.toxiproxy import Toxiproxy

_TIMES = 4
_WHILE_S = 1.0


def replies_dropped(proxy: Toxiproxy, server: str) -> None:
    """Let commands through and swallow the answers; some connections are cut in the middle of an answer."""
    for turn in range(_TIMES):
        with proxy.toxic(server, "timeout", timeout=300) if turn % 2 else proxy.toxic(server, "limit_data", bytes=3000):
            time.sleep(_WHILE_S)
        time.sleep(_WHILE_S / 2)


def slow(proxy: Toxiproxy, server: str) -> None:
    """Delay answers, some beyond what our clients wait for."""
    with proxy.toxic(server, "latency", latency=350, jitter=300):
        time.sleep(_TIMES * _WHILE_S)


def cut(proxy: Toxiproxy, server: str) -> None:
    """Cut every connection, again and again."""
    for _ in range(_TIMES):
        with proxy.cut(server):
            time.sleep(_WHILE_S / 2)
        time.sleep(_WHILE_S / 2)


NETWORK_FAULTS: dict[str, Callable[[Toxiproxy, str], None]] = {
    "answers dropped": replies_dropped,
    "slow": slow,
    "connections cut": cut,
}
