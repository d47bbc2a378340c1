"""Commands that check and repair: report, reconcile, rebuild, migrate."""

import logging

import typer

from cli import output
from cli.admin_client import ask, settings
from cli.options import DIRECTORY, Directory, EventId, Json

_SHOWN = ("eventId", "issued", "recorded", "pending", "dead", "lost", "confirmed", "republished")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (report, reconcile, rebuild, migrate):
        app.command()(command)


def report(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> int:
    """Compare promises with rows; the exit status is 1 when a seat is lost, doubled or oversold."""
    found = ask(directory, "report", eventId=event_id)
    output.record(f"Report on {event_id}", found, as_json=as_json)
    return 0 if found["consistent"] else 1


def reconcile(
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> int:
    """Deliver overdue entries and audit every event, once; the exit status is 1 when a seat is missing."""
    from reconcile import dependencies, service  # noqa: PLC0415 its clients of Kafka and MySQL, for this command only

    deps = dependencies.connect(settings(directory))
    logging.disable()  # the functions' log lines are for CloudWatch, and stdout is for the result
    try:
        done = service.reconcile(deps, lambda: True)
    finally:
        logging.disable(logging.NOTSET)
    events = [event.figures() for event in done.events]
    if as_json:
        output.dump(events)
    elif events:
        output.table("Reconciled", [{name: event[name] for name in _SHOWN} for event in events])
    elif not done.failure:
        output.message("There are no events.")
    if done.failure:
        raise done.failure
    return 1 if any(event["lost"] for event in events) else 0


def rebuild(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Close an event's gate, find every entry, and open it under a new epoch; takes some seconds."""
    found = ask(directory, "rebuild", eventId=event_id)
    if as_json:
        output.dump(found)
    else:
        epoch = found.pop("event")["epoch"]
        output.record(f"The gate of {event_id} is rebuilt", {"epoch": epoch, **found})


def migrate(directory: Directory = DIRECTORY) -> None:
    """Bring the ledger's tables up to date."""
    applied = ask(directory, "migrate")
    output.message(f"Applied {', '.join(applied)}." if applied else "The ledger is up to date.")
