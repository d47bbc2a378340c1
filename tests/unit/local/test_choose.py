"""Which stack is chosen, and what reason is given, for each state of Docker.

A script stands in for the docker command: the real subprocess calls run, whatever this machine has installed.
"""

from pathlib import Path

import pytest

from local.servers import StackError, choose

_WORKING = """\
#!/bin/sh
case "$*" in
  "version --format {{.Server.Version}}") echo 28.0 ;;
  "compose version --short") echo 2.40.0 ;;
  compose*"config --images") echo redis:8; echo kafka:4 ;;
  "image inspect "*) exit $MISSING ;;
  compose*"pull --quiet") exit $REFUSED ;;
  *) echo "unexpected: $*" >&2; exit 64 ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an engine that has every image first on the PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("MISSING", "0")
    monkeypatch.setenv("REFUSED", "0")
    return _write(tmp_path / "docker", _WORKING)


def _write(script: Path, text: str) -> Path:
    script.write_text(text)
    script.chmod(0o755)
    return script


@pytest.mark.usefixtures("docker")
def test_auto_takes_compose_where_docker_has_the_images() -> None:
    assert choose("auto") == ("compose", "Docker has the images")


@pytest.mark.usefixtures("docker")
def test_missing_images_are_pulled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSING", "1")
    assert choose("auto")[0] == "compose"


@pytest.mark.usefixtures("docker")
def test_images_that_cannot_be_pulled_lead_to_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSING", "1")
    monkeypatch.setenv("REFUSED", "1")
    assert choose("auto") == ("native", "kafka:4, redis:8 cannot be pulled")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\nexit 1\n", "no Docker engine answers"),
        ('#!/bin/sh\n[ "$1" = version ]\n', "Docker Compose is not installed"),
        ("#!/bin/sh\necho 1.29.2\n", "Docker Compose 1.29.2 is too old"),
    ],
)
def test_native_says_what_docker_lacks(docker: Path, script: str, reason: str) -> None:
    _write(docker, script)
    assert choose("auto") == ("native", reason)
    with pytest.raises(StackError, match=f"^The compose stack cannot start: {reason}.$"):
        choose("compose")


def test_native_where_there_is_no_docker_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose("auto") == ("native", "no Docker engine answers")


def test_native_asks_docker_nothing(docker: Path) -> None:
    _write(docker, "#!/bin/sh\nexit 64\n")
    assert choose("native") == ("native", "as asked")


def test_another_kind_is_refused_in_a_sentence() -> None:
    with pytest.raises(StackError, match=r"^STACK is 'podman'; it may be auto, compose or native\.$"):
        choose("podman")
