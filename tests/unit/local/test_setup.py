"""The set-up reports in one sentence what it cannot do, and prints nothing if nothing is missing.

Each test runs a copy of it, with a PATH that has only the commands that the test provides.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_LOCAL = Path(__file__).parents[3] / "local"
_BASIC_COMMANDS = ["bash", "cat", "dirname", "env", "head", "mkdir", "mktemp", "mv", "rm", "rmdir", "sed"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy the set-up into an empty checkout, with the basic commands in `bin`."""
    shutil.copytree(_LOCAL / "setup", tmp_path / "local" / "setup")
    shutil.copy(_LOCAL / "setup.sh", tmp_path / "local")
    (tmp_path / "local" / "kafka").mkdir()
    shutil.copy(_LOCAL / "kafka" / "pom.xml", tmp_path / "local" / "kafka")
    (tmp_path / "bin").mkdir()
    for name in _BASIC_COMMANDS:
        found = shutil.which(name)
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    return tmp_path


def _provide(checkout: Path, name: str, body: str = "") -> None:
    script = checkout / "bin" / name
    script.write_text(f"#!{shutil.which('bash')}\n{body}\n")
    script.chmod(0o755)


def _set_up(checkout: Path, *parts: str) -> tuple[int, str]:
    completed = subprocess.run(  # noqa: S603 - our own script
        [checkout / "bin" / "bash", checkout / "local" / "setup.sh", *parts],
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return completed.returncode, completed.stdout + completed.stderr


def _provide_native(checkout: Path) -> None:
    for name in ("redis-server", "mariadbd", "mariadb-install-db", "my_print_defaults", "mvn"):
        _provide(checkout, name)
    _provide(checkout, "java", "echo 'openjdk version \"21.0.2\" 2024-01-16' >&2")


def test_an_unknown_part_is_rejected(checkout: Path) -> None:
    assert _set_up(checkout, "kafka") == (
        1,
        "Unknown part kafka; the parts are python, native, k6, toxiproxy, sam, ministack and template.\n",
    )


def test_k6_needs_go(checkout: Path) -> None:
    code, output = _set_up(checkout, "k6")
    assert code == 1
    assert output.startswith("k6 is not installed: install it (https://")


def test_an_installed_k6_is_enough(checkout: Path) -> None:
    _provide(checkout, "k6", "echo k6 v1.8.1")
    assert _set_up(checkout, "k6") == (0, "")


def test_a_go_tool_is_installed_under_its_own_name(checkout: Path) -> None:
    _provide(checkout, "go", 'mkdir -p "$GOBIN" && echo "$*" >"$GOBIN/server"')
    assert _set_up(checkout, "toxiproxy") == (
        0,
        "Building toxiproxy-server v2.12.0 in .local/bin; this can take some minutes.\n",
    )
    tools = checkout / ".local" / "bin"
    assert [path.name for path in tools.iterdir()] == ["toxiproxy-server"]
    assert (tools / "toxiproxy-server").read_text() == "install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0\n"


def test_without_apt_the_packages_are_named(checkout: Path) -> None:
    code, output = _set_up(checkout, "native")
    assert code == 1
    assert output.startswith(
        "Please install redis-server mariadb-server-core mariadb-client-core openjdk-17-jre-headless "
    )
    assert "brew install" in output


def test_only_what_is_missing_is_named(checkout: Path) -> None:
    _provide_native(checkout)
    (checkout / "bin" / "redis-server").unlink()
    code, output = _set_up(checkout, "native")
    assert (code, output.split(" (")[0]) == (1, "Please install redis-server")


def test_an_old_java_is_not_enough(checkout: Path) -> None:
    _provide_native(checkout)
    _provide(checkout, "java", "echo 'openjdk version \"11.0.1\" 2018-10-16' >&2")
    code, output = _set_up(checkout, "native")
    assert (code, output.split(" (")[0]) == (1, "Please install openjdk-17-jre-headless")


def test_nothing_is_printed_when_everything_is_installed(checkout: Path) -> None:
    _provide_native(checkout)
    (checkout / ".local" / "kafka-4.1.1" / "libs").mkdir(parents=True)
    assert _set_up(checkout, "native") == (0, "")


def test_a_failing_command_prints_its_output_before_the_message(checkout: Path) -> None:
    _provide_native(checkout)
    _provide(checkout, "mvn", "echo [ERROR] no repository; exit 1")
    code, output = _set_up(checkout, "native")
    assert code == 1
    assert output.splitlines() == [
        "Copying Kafka's jars to .local/kafka-4.1.1/libs.",
        "[ERROR] no repository",
        "Kafka's jars could not be downloaded by Maven.",
    ]
    assert not os.path.lexists(checkout / ".local" / "kafka-4.1.1" / "libs")
