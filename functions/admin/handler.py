"""Invoked by operators: one command in, its answer out; what is refused is said in a sentence that names the field."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from admin import present
from admin.commands import (
    COMMAND,
    Command,
    Create,
    Discard,
    EventCommand,
    LetterCommand,
    ListEvents,
    ListLetters,
    Migrate,
    OnEvent,
    Redrive,
    Resize,
    ShowLetter,
    refusal,
)
from admin.dead_letters import DeadLetters
from admin.dependencies import Dependencies, dependencies
from eventrush.errors import EventrushError

logger = Logger()


def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Carry out a command such as {"command": "create", "eventId": "spring", "capacity": 100}."""
    return handle(event, dependencies())


def handle(event: dict[str, Any], deps: Dependencies) -> dict[str, Any]:
    """Carry out a command with these dependencies; answers {"ok": true, "answer": …} or {"ok": false, "error": …}."""
    try:
        return {"ok": True, "answer": _answer(COMMAND.validate_python(event), deps)}
    except ValidationError as exc:
        return {"ok": False, "error": refusal(exc)}
    except EventrushError as exc:
        logger.warning("command refused", exc_info=exc)
        return {"ok": False, "error": str(exc)}


def _answer(command: Command, deps: Dependencies) -> Any:
    match command:
        case Migrate():
            return deps.admin.migrate()
        case ListLetters() | ShowLetter() | Redrive() | Discard():
            return _about_letters(command, deps.dead_letters)
        case _:
            return _about_events(command, deps)


def _about_letters(command: LetterCommand, letters: DeadLetters) -> Any:
    match command:
        case ListLetters():
            found = letters.list(event_id=command.event_id, state=command.state, limit=command.limit)
            return [present.letter(letter) for letter in found]
        case ShowLetter():
            return present.letter(letters.show(command.position))
        case Redrive():
            return present.letter(letters.redrive(command.position))
        case Discard():
            return present.letter(letters.discard(command.position, command.reason))


def _about_events(command: EventCommand, deps: Dependencies) -> Any:
    admin = deps.admin
    match command:
        case ListEvents():
            return [present.event(event) for event in admin.list()]
        case Create():
            return present.event(admin.create(command.event()))
        case Resize():
            return present.event(admin.resize(command.event_id, command.capacity))
        case OnEvent(command="show"):
            return present.status(admin.show(command.event_id))
        case OnEvent(command="report"):
            return present.report(admin.report(command.event_id))
        case OnEvent(command="rebuild"):
            return present.rebuilt(admin.rebuild(command.event_id, deps.reader))
        case OnEvent(command=change):
            changes = {"open": admin.open, "pause": admin.pause, "resume": admin.resume, "close": admin.close}
            return present.event(changes[change](command.event_id))
