"""What operators changed, who and when; written in the transaction of the change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymysql.cursors import Cursor

from eventrush.ledger import sql
from eventrush.ledger.database import Database, retry_transient
from eventrush.timestamps import utc

_SQL = sql.load("event_log")


@dataclass(frozen=True, slots=True)
class Change:
    """A command that changed something; `details` are JSON, `logged_at` (aware UTC) is None until it is stored.

    The operator's name is what the client says.
    """

    command: str
    operator: str
    event_id: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    logged_at: datetime | None = None


def log(cursor: Cursor, change: Change | None) -> None:
    """Store a change in the cursor's transaction; None is no operator's."""
    if change:
        columns = {"event_id": change.event_id, "command": change.command, "operator": change.operator}
        cursor.execute(_SQL["insert"], {**columns, "details": json.dumps(change.details, ensure_ascii=False)})


class EventLog:
    """The stored changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retry_transient
    def list(self, event_id: str | None, limit: int) -> list[Change]:
        """Return changes, the newest first; None means of every event."""
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select"], {"event_id": event_id, "limit": limit})
            return [
                Change(command, operator, of_event, json.loads(details), utc(logged_at))
                for command, operator, of_event, details, logged_at in cursor.fetchall()
            ]
