"""The commands that mend: reconcile once, rebuild an event's gate."""

from dataclasses import asdict
from typing import Annotated

import typer

from admin import present as written
from cli import present, running
from cli.options import DIRECTORY, Directory, EventId, Json
from reconcile import dependencies, service


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(reconcile)
    app.command()(rebuild)


def reconcile(
    older_than: Annotated[float, typer.Option(min=1, max=3600, help="Look at what is pending this long, seconds.")] = 5,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> int:
    """Deliver what is overdue and balance every event's books, once; the exit status is 1 when a seat is missing."""
    deps = dependencies.connect({**running.settings(directory), "RECONCILE_OVERDUE_S": str(older_than)})
    done = service.reconcile(deps, lambda: True)
    found = done.events
    if as_json:
        present.dump([asdict(event) for event in found])
    elif found:
        present.table("Reconciled", [_row(event) for event in found])
    elif not done.failure:
        present.say("There are no events.")
    if done.failure:
        raise done.failure
    return 1 if any(event.audit.lost for event in found) else 0


def rebuild(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Shut an event's gate, find every entry, and reopen it under a new epoch; takes some seconds."""
    everything = running.everything(directory)
    found = written.rebuilt(everything.admin.rebuild(event_id, everything.reader))
    if as_json:
        present.dump(found)
    else:
        epoch = found.pop("event")["epoch"]
        present.fields(f"The gate of {event_id} is rebuilt", {"epoch": epoch, **found})


def _row(event: service.Reconciled) -> dict[str, object]:
    books, delivered = event.audit, event.redelivered
    return {
        "event": event.event_id,
        "issued": books.issued,
        "recorded": books.recorded,
        "pending": books.pending,
        "dead": books.dead,
        "missing": books.lost,
        "confirmed": delivered.confirmed,
        "sent again": delivered.republished,
    }
