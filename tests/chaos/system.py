"""The whole application as processes on a stack, as scenarios find it."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pymysql

from admin import dependencies
from admin.service import Admin
from cli.environment import kafka_options
from cli.judge import Row, read_rows
from cli.tokens import Signer
from eventrush.errors import EventrushError
from eventrush.settings import PUBLISH_DEADLINE_S
from local import template
from local.application import ApiOptions
from local.http_api import HttpApi
from local.kafka_source import KafkaSource
from local.scheduler import Scheduler
from reconcile.redelivery import CLOCK_TOLERANCE_S

# How often reconcile asks, and how long after its last send it sends an entry again (seconds).
RECONCILE_EVERY_S: Final = 1.0
OVERDUE_S: Final = PUBLISH_DEADLINE_S + CLOCK_TOLERANCE_S
_SETTINGS: Final = {"RECONCILE_EVERY_S": str(RECONCILE_EVERY_S), "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class System:
    """The processes; `admin` and `direct` lead to the servers on a way that no fault is on.

    With a signer the API wants its tokens.
    """

    settings: Mapping[str, str]
    direct: Mapping[str, str]
    logs: Path
    api: HttpApi
    consumers: KafkaSource
    admin: Admin
    signer: Signer | None = None

    def rows(self, event_id: str) -> list[Row]:
        """Return the rows of an event."""
        return read_rows(self.direct, event_id)

    def await_settled(self, event_id: str, promised: Collection[Row], patience_s: float) -> None:
        """Return when every promise is recorded and the audit is consistent, or when that takes too long."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and not self._is_settled(event_id, promised):
            time.sleep(0.1)

    def _is_settled(self, event_id: str, promised: Collection[Row]) -> bool:
        try:
            facts = self.admin.gate.facts(event_id)
            if facts is None or facts.pending:
                return False
            report = self.admin.report(event_id)
            return report.consistent and report.pending == 0 and {*promised} <= {*self.rows(event_id)}
        except (EventrushError, pymysql.Error):
            return False


@contextmanager
def running(
    environ: Mapping[str, str],
    logs: Path,
    *,
    direct: Mapping[str, str] | None = None,
    join: str | None = None,
    workers: int = 2,
    signer: Signer | None = None,
) -> Iterator[System]:
    """Run API, event source and reconcile on the servers that `environ` leads to; `join` is another handler for join.

    `direct` leads to the same servers, where `environ` leads through a proxy. The API wants tokens of the signer.
    """
    settings = {**_SETTINGS, **environ}
    direct = direct or environ
    admin = dependencies.connect(direct).admin
    admin.migrate()
    options: ApiOptions = signer.trust.api_options if signer else {}
    functions = template.load(parameters=options.get("parameters"))
    join_function = replace(functions.api(), handler=join) if join else functions.api()
    with ExitStack() as parts:
        jwks = options.get("jwks")
        api = parts.enter_context(
            HttpApi(join_function, settings=settings, workers=workers, jwks=jwks, log=logs / "api.log")
        )
        consumers = parts.enter_context(
            KafkaSource(functions.consumer(), settings=settings, **kafka_options(settings), log=logs / "consumers.log")
        )
        parts.enter_context(reconciles(settings, logs, 1))
        yield System(settings, direct, logs, api, consumers, admin, signer)


@contextmanager
def reconciles(settings: Mapping[str, str], logs: Path, number: int) -> Iterator[None]:
    """Run so many schedulers of reconcile at the same time."""
    [function] = template.load().scheduled()
    with ExitStack() as parts:
        for _ in range(number):
            log = logs / "reconcile.log"
            parts.enter_context(Scheduler(function, settings=settings, every_s=RECONCILE_EVERY_S, log=log))
        yield
