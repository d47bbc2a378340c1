"""Free ports on loopback, and addresses on it."""

import ipaddress
import random
import socket

HOST = "127.0.0.1"

# Below the range from which the kernel gives outgoing connections their ports (32768 up on Linux, 49152 on macOS): a
# server that was killed must find its port free again, and no client may connect to itself while the server is down.
_FIRST, _LAST = 15_000, 32_000


def is_free(port: int) -> bool:
    """Return whether a server could bind the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a free port at random, so that stacks that start together rarely choose the same."""
    while True:
        port = random.randint(_FIRST, _LAST)  # noqa: S311 - a port is no secret
        if is_free(port):
            return port


def is_loopback(host: str | None) -> bool:
    """Return whether a host's name or address leads to this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
