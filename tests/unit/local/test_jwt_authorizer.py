"""Tokens are accepted and refused as by API Gateway's JWT authorizer, and keys are followed."""

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from local import jwt_authorizer
from local.exceptions import KeySetError
from local.function import JwtConfiguration
from local.jwt_authorizer import JwtAuthorizer, KeySet, parse
from tests.token_issuer import CONFIGURATION, Issuer, bad_headers, key_set

FIRST, SECOND = Issuer(), Issuer("second")


class World:
    """A key server and the clocks, as a test sets them."""

    def __init__(self, *issuers: Issuer) -> None:
        self.monotonic = 1000.0
        self.now = time.time() + 1  # a token that is signed meanwhile is not of the future
        self.asked = 0
        self.publish(*issuers)
        self.keys = KeySet("https://keys.example", read=self.read, clock=lambda: self.monotonic)
        self.keys.refresh()

    def publish(self, *issuers: Issuer) -> None:
        self.document: bytes | None = key_set(*issuers).encode()

    def read(self, place: str) -> bytes:
        self.asked += 1
        if self.document is None:
            raise KeySetError(f"The keys of tokens cannot be read from {place}: no route.")
        return self.document

    def authorizer(self, configuration: JwtConfiguration = CONFIGURATION) -> JwtAuthorizer:
        return JwtAuthorizer(configuration, self.keys, clock=lambda: self.now)


def accepts(world: World, header: str) -> bool:
    return world.authorizer().authorize(header) is not None


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_a_valid_token_gives_its_claims_as_text(algorithm: str) -> None:
    issuer = Issuer(algorithm=algorithm)
    world = World(issuer)
    token = issuer.sign(
        now=world.now, aud=["eventrush", "x"], ok=True, rate=1.5, none={"a": [1]}, nbf=int(world.now), email="a@b"
    )
    claims = world.authorizer().authorize(f"Bearer {token}")
    now = int(world.now)
    assert claims == {
        "iss": "https://issuer.example",
        "aud": "[eventrush x]",
        "sub": "3",
        "iat": str(now),
        "nbf": str(now),
        "exp": str(now + 60),
        "ok": "true",
        "rate": "1.5",
        "none": '{"a": [1]}',
        "email": "a@b",
    }


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer ", "Bearer  "])
def test_the_scheme_may_be_left_out(scheme: str) -> None:
    assert accepts(World(FIRST), scheme + FIRST.sign())


def test_a_client_id_stands_in_for_an_audience() -> None:
    assert accepts(World(FIRST), FIRST.sign(aud=None, client_id="other"))


@pytest.mark.parametrize("what", bad_headers(FIRST))
def test_what_is_not_one_valid_token_is_refused(what: str) -> None:
    world = World(FIRST)
    authorizer = world.authorizer()
    assert authorizer.authorize(f"Bearer {FIRST.sign(now=world.now)}"), "a good one before must not help"
    headers = bad_headers(FIRST)[what]
    assert authorizer.authorize(",".join(headers) if headers else None) is None


def test_no_difference_of_clocks_is_allowed_for() -> None:
    """As API Gateway documents it: `exp` is after the current time, `nbf` and `iat` are not."""
    world = World(FIRST)
    world.now = 1_000_000.5
    for expiry, accepted in [(1_000_001, True), (1_000_000, False)]:
        assert accepts(world, FIRST.sign(now=world.now, exp=expiry)) is accepted
    for name in ("nbf", "iat"):
        for moment, accepted in [(1_000_000, True), (1_000_001, False)]:
            claims: dict[str, Any] = {name: moment}
            assert accepts(world, FIRST.sign(now=world.now, **claims)) is accepted


def test_a_remembered_token_expires() -> None:
    world = World(FIRST)
    authorizer = world.authorizer()
    token = FIRST.sign(now=world.now)
    assert authorizer.authorize(token)
    world.now += 58
    assert authorizer.authorize(token)
    world.now += 2
    assert authorizer.authorize(token) is None


def test_a_remembered_token_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(FIRST)
    authorizer = world.authorizer()
    tokens = [FIRST.sign(sub=str(user)) for user in range(3)]
    verified: list[str] = []
    verify = authorizer._verify  # noqa: SLF001 - what it costs is the point

    def counting(header: str, keys: jwt_authorizer.Keys) -> Any:
        verified.append(header)
        return verify(header, keys)

    monkeypatch.setattr(authorizer, "_verify", counting)
    monkeypatch.setattr(jwt_authorizer, "_REMEMBERED", 2)
    subjects = [authorizer.authorize(token) for token in (tokens[0], tokens[0], tokens[1], tokens[2], tokens[0])]
    assert [claims and claims["sub"] for claims in subjects] == ["0", "0", "1", "2", "0"]
    assert verified == [*tokens, tokens[0]], "the oldest makes room"


def test_authorizers_remember_for_themselves() -> None:
    world = World(FIRST)
    token = FIRST.sign()
    assert world.authorizer().authorize(token)
    assert world.authorizer(JwtConfiguration(CONFIGURATION.issuer, ("elsewhere",))).authorize(token) is None


def test_a_rotated_key_is_followed_and_a_removed_one_is_refused() -> None:
    world = World(FIRST)
    authorizer = world.authorizer()
    old, new = FIRST.sign(), SECOND.sign()
    assert authorizer.authorize(old)
    world.publish(FIRST, SECOND)
    assert authorizer.authorize(new) is None
    world.keys.refresh()
    assert authorizer.authorize(new)
    assert authorizer.authorize(old)
    world.publish(SECOND)
    world.keys.refresh()
    assert authorizer.authorize(old) is None
    assert authorizer.authorize(new)


def test_keys_that_cannot_be_read_again_stay_for_two_hours(caplog: pytest.LogCaptureFixture) -> None:
    world = World(FIRST)
    authorizer = world.authorizer()
    token = FIRST.sign(exp=int(world.now) + 86_400)
    world.document = None
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            world.monotonic += 2399
            world.keys.refresh()
            assert authorizer.authorize(token)
        assert len(caplog.messages) == 1
        world.monotonic += 4
        world.keys.refresh()
        assert authorizer.authorize(token) is None
        world.publish(FIRST)
        world.keys.refresh()
    assert authorizer.authorize(token)
    assert caplog.messages == [
        (
            "The keys of tokens cannot be read from https://keys.example: no route."
            " Tokens of 1 keys read before are accepted."
        ),
        "The keys of tokens can be read again.",
    ]


def test_a_set_without_a_usable_key_changes_nothing() -> None:
    world = World(FIRST)
    world.document = b"<html>"
    world.keys.refresh()
    assert accepts(world, FIRST.sign())


def test_no_keys_are_no_open_door(caplog: pytest.LogCaptureFixture) -> None:
    world = World(FIRST)
    world.document = None
    keys = KeySet("https://keys.example", read=world.read)
    keys.refresh()
    assert JwtAuthorizer(CONFIGURATION, keys).authorize(FIRST.sign()) is None
    assert "cannot be read from https://keys.example: no route." in caplog.text


def test_only_public_keys_for_signatures_are_taken() -> None:
    """A symmetric key in the set, or one with another algorithm, verifies nothing."""
    symmetric = {"kty": "oct", "k": "c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2gtZm9yLWl0", "kid": "first", "alg": "HS256"}
    other = [symmetric, {**SECOND.jwk, "use": "enc"}, {**Issuer("rsa", "RS256").jwk, "alg": "RS512"}]
    assert [*parse(json.dumps({"keys": [*other, {**FIRST.jwk, "use": "sig"}]}).encode(), "x")] == ["first"]
    with pytest.raises(KeySetError, match="x has no key with a key id for ES256, EdDSA, RS256"):
        parse(json.dumps({"keys": other}).encode(), "x")


@pytest.mark.parametrize(
    "document", ["", "{}", "[]", "3", '{"keys": []}', '{"keys": [3]}', '{"keys": [{}]}', "[" * 10**5]
)
def test_what_is_no_key_set_is_named(document: str) -> None:
    with pytest.raises(KeySetError, match=r"^the file is not a key set \(JWKS\) with a usable key\.$"):
        parse(document.encode(), "the file")


@pytest.mark.parametrize(
    "place", ["http://keys.example/jwks", "ftp://keys.example/jwks", "file:///etc/passwd", "http://127.0.0.1.example/"]
)
def test_keys_come_by_https(place: str) -> None:
    with pytest.raises(KeySetError, match="must come by https"):
        jwt_authorizer.read(place)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeySetError, match=r"cannot be read from .*/none: No such file or directory\.$"):
        jwt_authorizer.read(str(tmp_path / "none"))
    with pytest.raises(KeySetError, match="Is a directory"):
        jwt_authorizer.read(str(tmp_path))


def test_keys_are_read_at_least_once_a_minute() -> None:
    """So a removed key is refused within that time, though nobody asks for another one."""
    assert jwt_authorizer._EVERY_S + jwt_authorizer._TIMEOUT_S < 60  # noqa: SLF001 - the bound is the point
