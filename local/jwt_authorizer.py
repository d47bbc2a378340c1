"""Check tokens as an HTTP API's JWT authorizer does, by the keys in a file or at a URL.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html. As there, no difference of clocks is
allowed for. API Gateway accepts RSA keys only; ES256 and EdDSA are accepted here too. Not mirrored: scopes, and the
discovery of the keys at the issuer.
"""

import base64
import json
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, override
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from jwt import PyJWK, PyJWKSet, PyJWTError

from local.api_gateway import Claims
from local.exceptions import KeySetError
from local.function import JwtConfiguration
from local.ports import is_loopback

type Keys = Mapping[str, PyJWK]  # by key id

# RS256 is RSA's. A symmetric algorithm must never be here: with it, a key that verifies can also sign.
_ALGORITHMS: Final = {"RS256", "ES256", "EdDSA"}
_TOKEN: Final = re.compile(r"(?:(?i:bearer) +)?(([\w-]+)\.([\w-]+))\.([\w-]+)", re.ASCII)
_HEADER_LIMIT: Final = 10_240  # API Gateway's, for all headers
_REMEMBERED: Final = 10_000  # tokens that each route's authorizer has verified

_EVERY_S: Final = 30.0
_AT_MOST_EVERY_S: Final = 5.0  # however many tokens name keys that are not known
_USABLE_S: Final = 2 * 3600.0  # as long as API Gateway keeps keys
_TIMEOUT_S: Final = 5.0
_LIMIT_BYTES: Final = 1_000_000

_logger = logging.getLogger("local.jwt_authorizer")


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: it could lead from https to http."""

    @override
    def redirect_request(self, *_request: Any, **_more: Any) -> None:
        return None


_open = build_opener(_NoRedirects).open


def read(place: str) -> bytes:
    """Return what is in a file or at a URL, which is https or on this machine; raises KeySetError."""
    try:
        if "://" not in place:
            return Path(place).read_bytes()
        url = urlsplit(place)
        if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname)):
            raise KeySetError(f"The keys of tokens must come by https, which {place} does not.")
        with _open(place, timeout=_TIMEOUT_S) as response:
            return bytes(response.read(_LIMIT_BYTES))
    except HTTPError as error:
        with error:
            reason = f"status {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    raise KeySetError(f"The keys of tokens cannot be read from {place}: {reason}.")


def parse(document: bytes, place: str) -> Keys:
    """Return the public keys of a key set (RFC 7517) that verify tokens here; raises KeySetError where none does."""
    try:
        found = PyJWKSet.from_dict(json.loads(document)).keys
    except (PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
        raise KeySetError(f"{place} is not a key set (JWKS) with a usable key.") from None
    keys = {
        key.key_id: key
        for key in found
        if key.key_id and key.algorithm_name in _ALGORITHMS and key.public_key_use in {None, "sig"}
    }
    if not keys:
        raise KeySetError(f"{place} has no key with a key id for {', '.join(sorted(_ALGORITHMS))}.")
    return keys


class KeySet:
    """The keys of an issuer. No request waits for them: a thread of `follow` reads them now and then.

    Keys that cannot be read again stay usable for two hours. `current` is another mapping when the keys have changed.
    """

    def __init__(
        self,
        place: str,
        *,
        read: Callable[[str], bytes] = read,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.current: Keys = {}
        self._place = place
        self._read = read
        self._clock = clock
        self._document = b""
        self._usable_until = 0.0
        self._problem = ""
        self._wanted = threading.Event()

    def want(self) -> None:
        """Have the keys read soon: a token names one that is not known."""
        self._wanted.set()

    def refresh(self) -> None:
        """Read the keys; log what prevents it, once."""
        began = self._clock()
        try:
            document = self._read(self._place)
            if document != self._document or not self.current:
                self.current, self._document = parse(document, self._place), document
        except KeySetError as error:
            if self._clock() >= self._usable_until:
                self.current = {}
            if str(error) != self._problem:
                self._problem = str(error)
                _logger.warning("%s Tokens of %d keys read before are accepted.", error, len(self.current))
        else:
            self._usable_until = began + _USABLE_S
            if self._problem:
                self._problem = ""
                _logger.info("The keys of tokens can be read again.")

    def follow(self) -> None:
        """Read the keys now, and in a thread whenever it is time or one is wanted."""
        self.refresh()
        threading.Thread(target=self._keep_current, name="keys", daemon=True).start()

    def _keep_current(self) -> None:
        while True:
            time.sleep(_AT_MOST_EVERY_S)
            self._wanted.wait(_EVERY_S - _AT_MOST_EVERY_S)
            self._wanted.clear()
            self.refresh()


class JwtAuthorizer:
    """Decides on Authorization headers, in one thread; remembers what it has verified until the keys change."""

    def __init__(
        self, configuration: JwtConfiguration, keys: KeySet, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuer = configuration.issuer
        self._audience = configuration.audience
        self._keys = keys
        self._clock = clock
        self._current: Keys = {}
        self._verified: dict[str, tuple[float, Claims]] = {}  # expiry and claims by header

    def authorize(self, header: str | None) -> Claims | None:
        """Return the claims as API Gateway passes them on, or None for what is not one valid token."""
        if header is None:
            return None
        keys = self._keys.current
        if keys is not self._current:
            self._current, self._verified = keys, {}
        known = self._verified.get(header)
        if known is None:
            known = self._verify(header, keys)
            if known is None:
                return None
            if len(self._verified) >= _REMEMBERED:
                del self._verified[next(iter(self._verified))]
            self._verified[header] = known
        expires_at, claims = known
        return claims if self._clock() < expires_at else None

    def _verify(self, header: str, keys: Keys) -> tuple[float, Claims] | None:
        """Return when a token expires, and its claims; the library's own `decode` takes 60 µs longer."""
        # Headers of one name are joined by a comma, which no token has.
        found = _TOKEN.fullmatch(header) if len(header) <= _HEADER_LIMIT else None
        if found is None:
            return None
        signed, head, payload, signature = found.groups()
        try:
            fields = json.loads(_decode(head))
            key_id = fields["kid"]
            key = keys.get(key_id)
            if key is None:
                self._keys.want()
                return None
            if fields["alg"] != key.algorithm_name or "crit" in fields:
                return None
            if not key.Algorithm.verify(signed.encode(), key.key, _decode(signature)):
                return None
            claims = json.loads(_decode(payload))
            if not self._accepts(claims):
                return None
            return claims["exp"], {name: _text(value) for name, value in claims.items()}
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # it has another form
            return None

    def _accepts(self, claims: Mapping[str, Any]) -> bool:
        audience = claims.get("aud", claims.get("client_id"))
        audiences = audience if isinstance(audience, list) else [audience]
        now = self._clock()
        return (
            claims["iss"] == self._issuer
            and any(one in self._audience for one in audiences)
            and now < claims["exp"] < math.inf
            and all(claims[name] <= now for name in ("nbf", "iat") if name in claims)
        )


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


def _text(value: Any) -> str:
    """Write a claim as API Gateway does: every one is a string, a list's entries have spaces between them."""
    if isinstance(value, list):
        return f"[{' '.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
