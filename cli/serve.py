"""The command that runs the application until it is stopped."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from cli import api_page, output, running_api
from cli.admin_client import AdminClient
from cli.environment import environment, kafka_options
from cli.options import DIRECTORY, Directory, Identity, Kind, Workers
from cli.running_api import PORT
from cli.signals import signals_ignored
from cli.tokens import Signer, Trust
from eventrush.settings import EventSettings
from local import jwt_authorizer
from local.application import ApiOptions, application
from local.http_api import WORKERS
from local.servers import Stack, find, start

Issuer = Annotated[str | None, typer.Option("--jwt-issuer", envvar="JWT_ISSUER", help="Another issuer of tokens.")]
Audience = Annotated[
    str | None, typer.Option("--jwt-audience", envvar="JWT_AUDIENCE", help="The audience of tokens for this API.")
]
Jwks = Annotated[
    str | None, typer.Option(envvar="JWKS", metavar="FILE|URL", help="The issuer's keys, read again every half minute.")
]
Port = Annotated[
    int, typer.Option(min=0, max=65535, envvar="API_PORT", help="The API's port on loopback; 0 takes a free one.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(  # noqa: PLR0913, PLR0917 - each an option
    port: Port = PORT,
    workers: Workers = WORKERS,
    kind: Kind = "auto",
    directory: Directory = DIRECTORY,
    identity: Identity = "body",
    issuer: Issuer = None,
    audience: Audience = None,
    jwks: Jwks = None,
) -> None:
    """Serve the API with everything behind it, on the running stack or on one of its own, until Ctrl-C.

    With `--identity token` it accepts the tokens that `eventrush token` signs, or those of another issuer.
    """
    options = _api_options(identity, issuer, audience, jwks)
    static = api_page.files()
    with _stack(directory, kind) as stack:
        settings = {**prepare(environment(stack)), "IDENTITY": identity}
        kafka = kafka_options(settings)
        with application(
            settings, stack.directory, port=port, workers=workers, static=static, **options, **kafka
        ) as api:
            serve_until_interrupted(directory, api.url, settings, remark=f" and is described at {api.url}/docs")


def _api_options(identity: str, issuer: str | None, audience: str | None, jwks: str | None) -> ApiOptions:
    """Return what the API must know of tokens; raises KeySetError where there are no keys."""
    if identity == "body":
        if issuer or audience or jwks:
            raise typer.BadParameter("an issuer, an audience and keys are of use with --identity token only")
        return {}
    if issuer and not jwks:
        raise typer.BadParameter("with another issuer, --jwks must say where its keys are")
    own = Signer().trust
    trust = Trust(issuer or own.issuer, audience or own.audience, jwks or own.jwks)
    jwt_authorizer.parse(jwt_authorizer.read(trust.jwks), trust.jwks)
    return trust.api_options


def prepare(settings: Mapping[str, str]) -> dict[str, str]:
    """Make tables and default event where they are missing; return the settings with the event's id.

    DEFAULT_EVENT_ID of the environment names it, as for SAM's containers.
    """
    client = AdminClient(settings)
    client.ask("migrate")
    event_id = EventSettings.from_env(os.environ).default_event_id
    client.ensure(event_id, "The first hundred", 100)
    return {**settings, "DEFAULT_EVENT_ID": event_id}


def serve_until_interrupted(directory: Path, url: str, settings: Mapping[str, str], remark: str = "") -> None:
    """Print the API's address, note it for other commands, and return at Ctrl-C."""
    with running_api.noted(directory, url, settings):
        output.message(f"The API answers at {url}{remark}; Ctrl-C stops it. Try")
        token = ' -H "authorization: $(eventrush token --user 3)"' if settings.get("IDENTITY") == "token" else ""
        output.message(
            f"  curl -i {url}/api/event/join -H 'content-type: application/json' -d '{{\"userId\": 3}}'{token}"
        )
        with suppress(KeyboardInterrupt):
            signal.pause()


@contextmanager
def _stack(directory: Path, kind: str) -> Iterator[Stack]:
    """Give the running stack, or start one and stop it again."""
    found = find(directory)
    if found is not None:
        yield found
        return
    stack = start(directory, kind)
    try:
        yield stack
    finally:
        with signals_ignored():
            stack.stop()
