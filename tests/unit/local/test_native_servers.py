"""The commands of the native servers."""

import subprocess
from pathlib import Path

import pytest

from local.servers import StackError
from local.servers.native_servers import kafka_jars, mysql_server, program, redis_server


@pytest.fixture
def _programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the servers' programs, empty ones, on a PATH of their own: commands are made here, and none is run."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in ("redis-server", "mariadbd", "mariadb-install-db"):
        (directory / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(directory))


def test_a_missing_program_is_one_sentence_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackError, match=r"^no-such-server is not installed; .* \(package no-such\)\.$"):
        program("no-such-server", "no-such")


def test_missing_jars_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"^Kafka's jars are not in .*; `local/setup.sh native` copies them\.$"):
        kafka_jars(tmp_path)


@pytest.mark.usefixtures("_programs")
def test_redis_listens_on_loopback_and_writes_every_claim(tmp_path: Path) -> None:
    command = " ".join(redis_server(tmp_path, 6000).command())
    assert "--bind 127.0.0.1 --port 6000" in command
    assert "--appendonly yes" in command


@pytest.mark.usefixtures("_programs")
def test_the_password_is_not_on_mariadbs_command_line(tmp_path: Path) -> None:
    """Other users of the machine can read command lines, but not the init file."""
    command = mysql_server(tmp_path / "mysql", 3000, "s3cret").command()
    assert not any("s3cret" in word for word in command)
    init = tmp_path / "mysql-init.sql"
    assert "s3cret" in init.read_text()
    assert init.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("_programs")
def test_half_made_system_tables_never_count(tmp_path: Path) -> None:
    bin_ = tmp_path / "bin"
    (bin_ / "mariadb-install-db").write_text(f"#!/bin/sh\n/bin/mkdir {tmp_path}/mysql.new\nexit $(/bin/cat status)\n")
    (bin_ / "mariadbd").write_text("#!/bin/sh\necho serves\n")
    command = mysql_server(tmp_path / "mysql", 3000, "s3cret").command()
    (tmp_path / "mysql.new").mkdir()
    (tmp_path / "mysql.new" / "half").touch()

    def run(status: int) -> str:
        (tmp_path / "status").write_text(str(status))
        environ = {"PATH": "/usr/bin:/bin"}
        return subprocess.run(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True, check=False).stdout  # noqa: S603 our own words

    assert run(status=1) == ""
    assert not (tmp_path / "mysql").exists()
    assert run(status=0) == "serves\n"
    assert not (tmp_path / "mysql.new").exists()
    assert list((tmp_path / "mysql").iterdir()) == []
    assert run(status=1) == "serves\n", "what is made is not made again"
