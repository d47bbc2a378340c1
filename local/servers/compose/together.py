"""Start the servers of a Compose project together, or find them running."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from local.servers import probes, settings, topics
from local.servers.compose.project import PASSWORD, Project, project_name
from local.servers.compose.service import ComposeService
from local.servers.errors import PortTakenError, StackError
from local.servers.ports import free_port, is_free
from local.servers.stack import Stack

_UP_S = 600  # images may have to be pulled first
_logger = logging.getLogger("local.servers")


def start(directory: Path) -> Stack:
    """Start the containers on free ports of the host.

    StackError when one does not come up, PortTakenError where another process was quicker to a port; none is left
    running then, nor after an interrupt.
    """
    project = Project(project_name(directory), {name: free_port() for name in ("redis", "kafka", "mysql")})
    services = _services(project)
    try:
        _up(project)
        for service in services:
            service.await_ready()
            _logger.info("%s is ready on port %d.", service.name, service.port)
    except BaseException:  # an interrupt too must leave nothing running
        _down(project)
        raise
    return _stack(directory, project, services)


def describe(directory: Path, state: Mapping[str, Any]) -> Stack:
    """Return the stack that `Stack.save` wrote down, running or not."""
    project = Project(project_name(directory), state["ports"])
    return _stack(directory, project, _services(project))


def _up(project: Project) -> None:
    try:
        project.compose("up", "--detach", "--quiet-pull", timeout_s=_UP_S)
    except StackError as error:
        project.compose("down")
        taken = [port for port in project.ports.values() if not is_free(port)]
        if taken:
            raise PortTakenError(f"Port {taken[0]} was taken by another process.") from error
        raise


def _down(project: Project) -> None:
    if project.compose("ps", "--quiet", "--status", "paused"):
        project.compose("unpause")  # a suspended server would not hear that it shall end
    project.compose("down", "--timeout", "15")


def _services(project: Project) -> list[ComposeService]:
    mysql_answers = partial(probes.mysql_answers, password=PASSWORD, tls=True)
    return [
        ComposeService(project, "redis", probes.redis_answers),
        ComposeService(project, "kafka", probes.kafka_answers, topics.ensure_topics),
        ComposeService(project, "mysql", mysql_answers),
    ]


def _stack(directory: Path, project: Project, services: list[ComposeService]) -> Stack:
    return Stack(
        directory=directory,
        kind="compose",
        services={service.name: service for service in services},
        environ=settings.environ(project.ports, PASSWORD, tls="required"),
        recipe={"ports": dict(project.ports), "network": project.name},
        end=lambda: _down(project),
    )
