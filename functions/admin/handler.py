"""Invoked by operators: one command in, its result out; a refusal is one sentence that names the field."""

from dataclasses import replace
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from admin import serializers
from admin.commands import (
    COMMAND,
    Command,
    Create,
    Discard,
    EventCommand,
    Export,
    Forget,
    LetterCommand,
    ListChanges,
    ListEvents,
    ListLetters,
    Migrate,
    OnEvent,
    Redrive,
    Rename,
    Resize,
    Schedule,
    ShowLetter,
    Status,
)
from admin.dependencies import Dependencies, dependencies
from admin.service import Admin
from eventrush.errors import EventrushError
from eventrush.validation import sentence

logger = Logger()


def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Carry out a command such as {"command": "create", "eventId": "spring", "capacity": 100}."""
    return handle(event, dependencies())


def handle(event: dict[str, Any], deps: Dependencies) -> dict[str, Any]:
    """Carry out a command; returns {"ok": true, "result": …} or {"ok": false, "error": …}."""
    try:
        return {"ok": True, "result": _result(COMMAND.validate_python(event), deps)}
    except ValidationError as exc:
        return {"ok": False, "error": sentence(exc)}
    except EventrushError as exc:
        logger.warning("command refused", exc_info=exc)
        return {"ok": False, "error": str(exc)}


def _result(command: Command, deps: Dependencies) -> Any:
    admin = replace(deps.admin, operator=command.operator)
    match command:
        case Migrate():
            return admin.migrate()
        case Status():
            return serializers.backlog(admin.status(deps.reader))
        case Export():
            return serializers.page(admin.export(command.event_id, command.after))
        case ListChanges():
            return [serializers.change(change) for change in admin.list_changes(command.event_id, command.limit)]
        case Forget():
            forgotten = serializers.forgotten(admin.forget(command.event_id, command.user_id, deps.reader))
            logger.info("a user was forgotten", extra=forgotten)
            return forgotten
        case ListLetters() | ShowLetter() | Redrive() | Discard():
            return _about_dead_letters(command, admin, deps)
        case _:
            return _about_events(command, admin, deps)


def _about_dead_letters(command: LetterCommand, admin: Admin, deps: Dependencies) -> Any:
    match command:
        case ListLetters():
            found = admin.list_dead_letters(event_id=command.event_id, state=command.state, limit=command.limit)
            return [serializers.dead_letter(letter) for letter in found]
        case ShowLetter():
            return serializers.dead_letter(admin.show_dead_letter(command.position))
        case Redrive():
            return serializers.dead_letter(admin.redrive(command.position, deps.publisher))
        case Discard():
            return serializers.dead_letter(admin.discard(command.position, command.reason))


def _about_events(command: EventCommand, admin: Admin, deps: Dependencies) -> Any:
    match command:
        case ListEvents():
            return [serializers.event(event) for event in admin.list_events()]
        case Create():
            created = serializers.event(admin.create(command.event()))
            return created | _warming(command, deps)
        case Resize():
            return serializers.event(admin.resize(command.event_id, command.capacity))
        case Schedule():
            return serializers.event(admin.schedule(command.event_id, command.times()))
        case Rename():
            return serializers.event(admin.rename(command.event_id, command.name))
        case OnEvent(command="show"):
            return serializers.status(admin.show(command.event_id))
        case OnEvent(command="report"):
            return serializers.report(admin.report(command.event_id))
        case OnEvent(command="rebuild"):
            return serializers.rebuild(admin.rebuild(command.event_id, deps.reader, deps.retention))
        case OnEvent(command=change):
            changes = {"open": admin.open, "pause": admin.pause, "resume": admin.resume, "close": admin.close}
            return serializers.event(changes[change](command.event_id))


def _warming(command: Create, deps: Dependencies) -> dict[str, Any]:
    if not command.expect:
        return {}
    warming = deps.warming
    return {"warming": warming.schedule(command.event(), command.expect) if warming else "Nothing needs warming here."}
