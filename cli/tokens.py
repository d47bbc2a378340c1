"""The tokens of this machine: its key pair, made once, and signing."""

import json
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import jwt
import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from rich.progress import track

from cli import output
from cli.options import ROOT
from eventrush import identifiers
from eventrush.errors import EventrushError
from local import jwt_authorizer
from local.application import ApiOptions
from local.exceptions import KeySetError

ISSUER: Final = "https://eventrush.localhost"
AUDIENCE: Final = "eventrush"
DIRECTORY: Final = ROOT / ".local" / "identity"
MAX_TOKENS: Final = 1_000_000

_ALGORITHM: Final = "ES256"
_RUSH_S: Final = 24 * 3600
_SHOWN_FROM: Final = 5_000  # a second's work
_DURATION: Final = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class TokenError(EventrushError):
    """A token cannot be signed here."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens an API of this machine accepts; `jwks` is the file or the URL of the issuer's keys."""

    issuer: str
    audience: str
    jwks: str

    @property
    def api_options(self) -> ApiOptions:
        """Return the arguments of `local.application` that make an API accept them."""
        parameters = {"Identity": "token", "JwtIssuer": self.issuer, "JwtAudience": self.audience}
        return {"parameters": parameters, "jwks": self.jwks}


class Signer:
    """Signs for this machine's issuer, with the key pair in a directory; one is made where none is."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        if not directory.exists():
            _make_keys(directory)
        self.trust = Trust(ISSUER, AUDIENCE, str(directory / "jwks.json"))
        private = directory / "private.pem"
        try:
            self._key = serialization.load_pem_private_key(private.read_bytes(), None)
            [key_id] = jwt_authorizer.parse(jwt_authorizer.read(self.trust.jwks), self.trust.jwks)
        except (OSError, ValueError, KeySetError) as error:
            reason = getattr(error, "strerror", None) or "they are no key pair"
            raise TokenError(
                f"The keys in {directory} cannot be used: {reason}. Without it new ones are made."
            ) from None
        self._headers = {"kid": key_id}

    def sign(self, user_id: int | str, lifetime_s: int = _RUSH_S) -> str:
        """Return a user's token."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(user_id), "iat": now, "exp": now + lifetime_s}
        return jwt.encode(claims, self._key, _ALGORITHM, self._headers)  # type: ignore[arg-type]

    def sign_all(self, users: Collection[int | str], *, quiet: bool = False) -> Mapping[int | str, str]:
        """Return every user's token, valid for a day; show how far it is where that takes long."""
        if len(users) > MAX_TOKENS:
            raise TokenError(f"At most {MAX_TOKENS:,} users can have a token; there are {len(users):,}.")
        if quiet or len(users) < _SHOWN_FROM:
            return {user: self.sign(user) for user in users}
        terminal = output.console.is_terminal
        if not terminal:
            output.message(f"Signing {len(users):,} tokens \u2026")
        shown = track(users, "Signing tokens", console=output.console, transient=True, disable=not terminal)
        return {user: self.sign(user) for user in shown}


def tokens_of(
    users: Collection[int | str], identity: str | None, running: Mapping[str, str] | None, *, quiet: bool = False
) -> Mapping[int | str, str]:
    """Return every user's token, or none where users send none: as asked for, else as the running API's settings."""
    wanted = identity or (running or {}).get("IDENTITY", "body")
    return Signer().sign_all(users, quiet=quiet) if wanted == "token" else {}


def _make_keys(directory: Path) -> None:
    """Make a key pair; both files appear at once, so that of two processes one makes it and both use it."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    directory.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{directory.name}-", dir=directory.parent))
    (part / "private.pem").touch(mode=0o600)
    (part / "private.pem").write_bytes(private)
    jwks = {"keys": [{**public, "kid": secrets.token_hex(8), "alg": _ALGORITHM, "use": "sig"}]}
    (part / "jwks.json").write_text(json.dumps(jwks, indent=2) + "\n")
    try:
        part.rename(directory)
    except OSError:
        shutil.rmtree(part)
        if not directory.exists():
            raise


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)


def _user_id(text: str) -> str:
    try:
        return identifiers.user_id_text(text)
    except ValueError as error:
        raise typer.BadParameter(f"a user's id {error}") from None


def _lifetime_s(text: str) -> int:
    found = _DURATION.fullmatch(text)
    lifetime_s = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < lifetime_s <= 366 * _SECONDS["d"]:
        raise typer.BadParameter(f"{text!r} is not a duration such as 90s, 30m, 1h or 7d, of at most 366 days")
    return lifetime_s


def token(
    user: Annotated[str, typer.Option(metavar="USER", parser=_user_id, help="Id of the user.")],
    expires: Annotated[int, typer.Option(metavar="TIME", parser=_lifetime_s, help="Until it expires.")] = "1h",  # type: ignore[assignment]
) -> None:
    """Print a token that `serve --identity token` accepts; any client that sends it acts as the user."""
    typer.echo(Signer().sign(user, expires))
