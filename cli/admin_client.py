"""The client of the admin function: a command becomes a payload, the payload a result or one sentence."""

import getpass
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from admin.commands import COMMAND
from cli import deployed_stack, running_api
from cli.deployed_stack import DeployedStack
from cli.environment import environment
from eventrush.errors import EventrushError
from eventrush.validation import sentence
from local.servers import Stack, find

type Payload = dict[str, Any]


class AdminError(EventrushError):
    """The admin function refused a command; the text is its sentence."""


class NoServersError(EventrushError):
    """No servers run where some are needed."""


class Client(ABC):
    """Sends commands to the admin function, wherever it runs."""

    @property
    @abstractmethod
    def operator(self) -> str:
        """Who gives the commands, for the log of changes."""

    @abstractmethod
    def invoke(self, event: Payload) -> Any:
        """Return what the function returns."""

    def ask(self, command: str, **fields: object) -> Any:
        """Return a command's result; raises `AdminError` where it is refused."""
        return self.send(payload(command, **fields))

    def send(self, event: Payload) -> Any:
        """Return the result of a payload; raises `AdminError` where it is refused."""
        response = self.invoke(event | {"operator": self.operator})
        if not response["ok"]:
            raise AdminError(by_option(response["error"]))
        return response["result"]

    def ensure(self, event_id: str, name: str, capacity: int) -> None:
        """Create an event where there is none of this id."""
        if all(event["eventId"] != event_id for event in self.ask("list")):
            self.ask("create", eventId=event_id, name=name, capacity=capacity)


class AdminClient(Client):
    """The admin function in this process, on the servers that the settings name."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        # Half a second of import that help, completion and wrong usage need not wait for.
        from admin import dependencies, handler  # noqa: PLC0415

        self._handler = handler
        self._dependencies = dependencies.connect(settings)

    @property
    def operator(self) -> str:
        """The user of this machine."""
        try:
            return getpass.getuser()
        except (OSError, KeyError):  # a container's user without a name
            return f"user {os.getuid()}"

    def invoke(self, event: Payload) -> Any:
        """Return what the function returns."""
        # The handler's log lines are for CloudWatch; a person gets one sentence, and stdout is for the result.
        logging.disable()
        try:
            return self._handler.handle(event, self._dependencies)
        finally:
            logging.disable(logging.NOTSET)


class DeployedClient(Client):
    """The admin function of a stack on AWS."""

    def __init__(self, stack: DeployedStack) -> None:
        self._stack = stack

    @property
    def operator(self) -> str:
        """The caller's ARN."""
        return self._stack.caller

    def invoke(self, event: Payload) -> Any:
        """Return what the function returns."""
        return self._stack.invoke("AdminFunction", event)


def by_option(sentence: str) -> str:
    """Name the options of this command instead of the fields of the function."""
    return sentence.replace("opensAt", "--opens").replace("closesAt", "--closes")


def payload(command: str, **fields: object) -> Payload:
    """Build what the admin function is invoked with; raises `typer.BadParameter` naming the field that is wrong."""
    event = {"command": command} | {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }
    try:
        COMMAND.validate_python(event)
    except ValidationError as error:
        raise typer.BadParameter(by_option(sentence(error))) from None
    return event


def ask(directory: Path, command: str, **fields: object) -> Any:
    """Return a command's result; see `payload`, `client` and `Client.send`."""
    event = payload(command, **fields)
    return client(directory).send(event)


def client(directory: Path) -> Client:
    """Return the client of the stack that `--stack-name` names, else of the servers of a directory."""
    stack = deployed_stack.chosen()
    return DeployedClient(stack) if stack else AdminClient(settings(directory))


def settings(directory: Path) -> Mapping[str, str]:
    """Return the settings of the API that runs, else of the stack that runs, else of this process's environment.

    Raises `NoServersError` where none of them names servers.
    """
    if api := running_api.find(directory):
        return api.settings
    if stack := find(directory):
        return environment(stack)
    if {"REDIS_URL", "MYSQL_HOST"} <= os.environ.keys():
        return os.environ
    raise NoServersError(f"No stack runs in {directory}; `eventrush up` starts one.")


def running_stack(directory: Path) -> Stack:
    """Return the stack that runs in a directory; raises `NoServersError` where none does."""
    found = find(directory)
    if found is None:
        raise NoServersError(f"No stack runs in {directory}; `eventrush up` starts one.")
    return found
