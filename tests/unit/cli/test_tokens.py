"""`eventrush token` signs what `serve --identity token` accepts, with a key pair that is made once."""

import time
from pathlib import Path

import pytest

from cli import tokens
from cli.main import run
from cli.tokens import Signer, TokenError
from local.function import JwtConfiguration
from local.jwt_authorizer import JwtAuthorizer, KeySet


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "identity"
    monkeypatch.setattr(Signer.__init__, "__defaults__", (directory,))
    for name in ("IDENTITY", "JWT_ISSUER", "JWT_AUDIENCE", "JWKS"):
        monkeypatch.delenv(name, raising=False)
    return directory


def authorizer(signer: Signer) -> JwtAuthorizer:
    keys = KeySet(signer.trust.jwks)
    keys.refresh()
    return JwtAuthorizer(JwtConfiguration(signer.trust.issuer, (signer.trust.audience,)), keys)


def test_a_token_has_the_claims_that_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "--user", "3", "--expires", "30m"]) == 0
    claims = authorizer(Signer()).authorize(capsys.readouterr().out.strip())
    assert claims is not None
    issued_at = int(claims.pop("iat"))
    assert claims == {
        "iss": "https://eventrush.localhost",
        "aud": "eventrush",
        "sub": "3",
        "exp": str(issued_at + 1800),
    }
    assert time.time() - 10 < issued_at <= time.time()


def test_a_token_lasts_an_hour(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "--user", "someone@example"]) == 0
    claims = authorizer(Signer()).authorize(capsys.readouterr().out.strip())
    assert claims is not None
    assert int(claims["exp"]) - int(claims["iat"]) == 3600


def test_the_key_pair_is_made_once_and_the_private_key_is_ours_alone(directory: Path) -> None:
    token = Signer().sign(3)
    assert authorizer(Signer()).authorize(token)
    assert (directory / "private.pem").stat().st_mode & 0o777 == 0o600
    assert '"d"' not in (directory / "jwks.json").read_text()
    assert [path.name for path in directory.parent.iterdir()] == ["identity"]


def test_of_two_processes_that_make_keys_one_wins(directory: Path) -> None:
    first = Signer()
    tokens._make_keys(directory)  # noqa: SLF001 - as a process that found no directory a moment ago
    assert authorizer(Signer()).authorize(first.sign(3))
    assert [path.name for path in directory.parent.iterdir()] == ["identity"]


@pytest.mark.parametrize("name", ["private.pem", "jwks.json"])
@pytest.mark.parametrize("content", [None, "", "{}"])
def test_keys_that_cannot_be_used_are_named(directory: Path, name: str, content: str | None) -> None:
    Signer()
    (directory / name).unlink()
    if content is not None:
        (directory / name).write_text(content)
    with pytest.raises(TokenError, match=str(directory)) as raised:
        Signer()
    assert len(str(raised.value).splitlines()) == 1


def test_every_user_of_a_rush_has_a_token() -> None:
    signer = Signer()
    signed = signer.sign_all(range(1, 4))
    subjects = {user: authorizer(signer).authorize(f"Bearer {token}") for user, token in signed.items()}
    assert {user: claims and claims["sub"] for user, claims in subjects.items()} == {1: "1", 2: "2", 3: "3"}
    with pytest.raises(TokenError, match="At most 1,000,000 users can have a token; there are 1,000,001"):
        signer.sign_all(range(1_000_001))


@pytest.mark.parametrize(("asked", "running", "sent"), [
    (None, None, False),
    (None, {"IDENTITY": "token"}, True),
    (None, {"IDENTITY": "body"}, False),
    ("body", {"IDENTITY": "token"}, False),
    ("token", None, True),
])  # fmt: skip
def test_tokens_are_sent_where_the_running_api_wants_them(
    asked: str | None, running: dict[str, str] | None, *, sent: bool
) -> None:
    assert bool(tokens.tokens_of([3], asked, running)) is sent


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["token"], "--user"),
        (["token", "--user", "0x" * 40], "must be 1 to 64 visible ASCII characters"),
        (["token", "--user", "안녕"], "must be 1 to 64 visible ASCII characters"),
        (["token", "--user", ""], "must be 1 to 64 visible ASCII characters"),
        *[
            (["token", "--user", "3", "--expires", text], "is not a duration such as 90s, 30m, 1h or 7d")
            for text in ("", "0s", "-1h", "1", "soon", "1.5h", "367d", "1h30m", "9999999999d", "\u0661h")
        ],
        (["serve", "--identity", "cookie"], "--identity"),
        (["serve", "--jwks", "x"], "of use with --identity token only"),
        (["serve", "--identity", "token", "--jwt-issuer", "https://i"], "--jwks must say where its keys are"),
    ],
)
def test_wrong_usage_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert not printed.out


@pytest.mark.parametrize(
    ("jwks", "said"),
    [
        ("http://keys.example/jwks", "must come by https, which http://keys.example/jwks does not"),
        ("{directory}", "cannot be read from {directory}: Is a directory"),
        ("{directory}/none", "cannot be read from {directory}/none: No such file or directory"),
        (__file__, "is not a key set (JWKS) with a usable key"),
    ],
)
def test_keys_are_checked_before_anything_starts(
    jwks: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["serve", "--identity", "token", "--jwks", jwks.format(directory=tmp_path)]
    assert run([*words, "--directory", str(tmp_path / "stack")]) == 3
    printed = capsys.readouterr()
    assert said.format(directory=tmp_path) in printed.err
    assert len(printed.err.splitlines()) == 1
    assert not (tmp_path / "stack").exists()
