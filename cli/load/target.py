"""Where a rush may go: this machine, and nowhere else."""

import ipaddress

import aiohttp
from yarl import URL

from eventrush.errors import EventrushError


class TargetError(EventrushError):
    """The target is not on this machine, does not answer, or has no such event."""


def loopback(text: str) -> str:
    """Return an API's address without a slash at its end; TargetError where it is not an address of this machine."""
    try:
        url = URL(text)
        host = url.host or ""
    except ValueError:
        raise TargetError(f"--url: {text!r} is no URL.") from None
    if url.scheme not in {"http", "https"} or not host:
        raise TargetError(f"--url: {text!r} is no http URL.")
    if not _is_loopback(host):
        raise TargetError(f"--url: a rush goes to this machine only, and {host} is not on it; k6 can go further.")
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def ask(url: str, event_id: str) -> None:
    """Return when the API knows the event; TargetError, one sentence, when it does not answer or does not know it."""
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{url}/api/events/{event_id}") as response,
        ):
            status = response.status
    except (aiohttp.ClientError, TimeoutError):
        raise TargetError(f"Nothing answers at {url}; `eventrush serve` starts the API here.") from None
    if status == 404:  # noqa: PLR2004 - HTTP's
        raise TargetError(f"The API at {url} knows no event {event_id}.")
    if status != 200:  # noqa: PLR2004 - HTTP's
        raise TargetError(f"The API at {url} answers {status} for event {event_id}.")
