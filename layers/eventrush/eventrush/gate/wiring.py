"""Makes a gate from its settings."""

from redis import ConnectionPool, Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from eventrush.gate.connection import identify
from eventrush.gate.gate import Gate
from eventrush.settings import GateIdentity, GateSettings


def connect(settings: GateSettings) -> Gate:
    """Make a gate; connections are opened when first used, and opened anew when they break.

    One retry after 20 ms: a script whose answer was lost is asked again, which is harmless, and a gate that is down is
    reported within two time-outs.
    """
    timeout_s = settings.timeout_ms / 1000
    pool = ConnectionPool.from_url(
        settings.redis_url,
        protocol=2,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        retry=Retry(ConstantBackoff(0.02), retries=1),
        driver_info=None,
    )
    identify(pool, hidden=settings.identity is GateIdentity.BLANK)
    return Gate(Redis(connection_pool=pool), settings.replica_acks)


def warm_up(gate: Gate) -> None:
    """Open a connection and learn whose it is, so that the first question need not; raises `GateUnavailableError`."""
    with gate.scripts.client() as client:
        client.ping()
