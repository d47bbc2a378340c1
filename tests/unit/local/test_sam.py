"""What is said in one sentence where SAM's containers cannot run; a script stands in for the docker command."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.exceptions import SamError
from local.sam import containers, lambda_image, require_docker, require_port
from local.servers import PortTakenError, StackError

_DOCKER = """\
#!/bin/sh
case "$*" in
  "version "*) exit $ENGINE ;;
  "compose version --short") echo 2.40.0 ;;
  compose*"config --images") echo redis:8 ;;
  "image inspect redis:8") ;;
  "image inspect public.ecr.aws/lambda/"*) exit $MISSING ;;
  "pull --quiet public.ecr.aws/lambda/"*) exit $REFUSED ;;
  compose*" ps "*) ;;
  *) echo "unexpected: $*" >&2; exit 64 ;;
esac
"""


@pytest.fixture(autouse=True)
def _docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an engine that has every image, and runs nothing, first on the PATH."""
    (tmp_path / "docker").write_text(_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name in ("ENGINE", "MISSING", "REFUSED"):
        monkeypatch.setenv(name, "0")


@pytest.fixture
def taken(socket_enabled: None) -> Iterator[int]:  # noqa: ARG001 - this one asks a port of loopback
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port: int = holder.getsockname()[1]
        yield port


def test_an_engine_with_every_image_is_enough() -> None:
    require_docker()


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE", "1")
    with pytest.raises(StackError, match=r"^A Docker engine .* is needed here: no Docker engine answers\.$"):
        require_docker()


def test_a_missing_image_is_pulled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSING", "1")
    require_docker()


def test_an_image_that_cannot_be_pulled_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSING", "1")
    monkeypatch.setenv("REFUSED", "1")
    with pytest.raises(StackError, match=f"^The image {lambda_image()} is missing and cannot be pulled.$"):
        require_docker()


def test_a_port_that_sam_would_listen_on_is_taken(taken: int) -> None:
    with pytest.raises(
        SamError, match=f"^Port {taken} on 127.0.0.1 is taken, where sam local start-api would listen.$"
    ):
        require_port("start-api", taken)


def test_a_server_s_port_is_taken(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRUSH_KAFKA_PORT", str(taken))
    sentence = f"^Port {taken} on 127.0.0.1 is taken; EVENTRUSH_KAFKA_PORT chooses another for kafka.$"
    with pytest.raises(PortTakenError, match=sentence), containers():
        pass
