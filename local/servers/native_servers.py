"""Redis, Kafka and MariaDB as processes of this machine: their commands and their data."""

import os
import re
import secrets
import shlex
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from local.exceptions import StackError
from local.ports import HOST, free_port
from local.servers import readiness
from local.servers.native import NativeService, stop_all
from local.servers.stack import Stack

_ROOT: Final = Path(__file__).parents[2]
_KAFKA: Final = _ROOT / "local" / "kafka"
_CLUSTER_ID: Final = "ZXZlbnRydXNoLWxvY2FsLQ"
_MARIADB: Final = "mariadb-server-core"


def stack(directory: Path, ports: Mapping[str, int] | None = None, password: str | None = None) -> Stack:
    """Describe the directory's stack, on free ports and with a new password unless they are given; start nothing."""
    ports = ports or {name: free_port() for name in ("redis", "kafka", "controller", "mysql")}
    password = password or secrets.token_urlsafe(18)
    services = [
        redis_server(directory / "redis", ports["redis"]),
        kafka_server(directory / "kafka", ports["kafka"], ports["controller"]),
        mysql_server(directory / "mysql", ports["mysql"], password),
    ]
    return Stack(
        ports=ports,
        password=password,
        tls=False,
        directory=directory,
        kind="native",
        services={service.name: service for service in services},
        launch=partial(_launch_all, services),
        end=partial(stop_all, services),
    )


def _launch_all(services: Sequence[NativeService]) -> None:
    stop_all(services)  # what an interrupted start may have left
    for service in services:
        service.launch()


def redis_server(data: Path, port: int) -> NativeService:
    """Return Redis: every write goes to the append-only file, which is flushed each second."""

    def command() -> list[str]:
        data.mkdir(parents=True, exist_ok=True)
        place = ["--bind", HOST, "--port", str(port), "--dir", str(data)]
        durability = ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        return [program("redis-server", "redis-server"), *place, *durability, "--maxmemory-policy", "noeviction"]

    probe = partial(readiness.redis_answers, port)
    return NativeService(name="redis", port=port, data=data, command=command, probe=probe)


def kafka_server(
    data: Path,
    port: int,
    controller_port: int,
    properties: Mapping[str, str] | None = None,
    more_ports: Sequence[int] = (),
) -> NativeService:
    """Return Kafka: broker and controller in one JVM, from the jars that the set-up copied.

    `properties` override those of local/kafka/server.properties; `more_ports` are those of listeners among them.
    """
    file = data.with_name("kafka.properties")
    own = {
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "log.dirs": str(data),
        **(properties or {}),
    }

    def command() -> list[str]:
        data.mkdir(parents=True, exist_ok=True)
        # Of a property that is there twice the last one counts.
        lines = [(_KAFKA / "server.properties").read_text(), *(f"{name}={value}\n" for name, value in own.items())]
        file.write_text("".join(lines))
        storage = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(file)]
        prepare = _java("-XX:TieredStopAtLevel=1", *storage)
        return _prepared(data / "meta.properties", prepare, _java("-Xms256m", "-Xmx512m", "kafka.Kafka", str(file)))

    return NativeService(
        name="kafka",
        port=port,
        more_ports=(controller_port, *more_ports),
        data=data,
        command=command,
        probe=partial(readiness.kafka_answers, port),
        after_start=partial(readiness.make_topics, port),
    )


def mysql_server(data: Path, port: int, password: str) -> NativeService:
    """Return MariaDB with the durability of its defaults: every commit is on disk."""
    new_data, tmp, init = (data.with_name(f"mysql{suffix}") for suffix in (".new", ".tmp", "-init.sql"))
    # MariaDB refuses to run as root unless told so; the directory is root's then.
    as_root = ["--user=root"] if os.geteuid() == 0 else []

    def command() -> list[str]:
        """Return the command that serves; it creates the database and its user before it listens."""
        # Not the shared /tmp: a server that starts deletes the temporary tables of every other there.
        tmp.mkdir(parents=True, exist_ok=True)
        init.touch(mode=0o600)
        init.write_text(
            "CREATE DATABASE IF NOT EXISTS eventrush CHARACTER SET utf8mb4;\n"
            f"CREATE OR REPLACE USER eventrush@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            "GRANT ALL ON eventrush.* TO eventrush@'127.0.0.1';\n"
        )
        shared = ["--no-defaults", f"--tmpdir={tmp}", "--skip-name-resolve", *as_root]
        install = [program("mariadb-install-db", _MARIADB), *shared, f"--datadir={new_data}"]
        install += ["--auth-root-authentication-method=socket", "--skip-test-db"]
        # The socket is in the data directory: an absolute path may be too long for one.
        place = [f"--datadir={data}", f"--bind-address={HOST}", f"--port={port}", "--socket=mysql.sock"]
        options = [f"--init-file={init}", "--default-time-zone=+00:00", "--max-connections=300"]
        # The system tables are made beside the data, so that half of them never count.
        return _prepared(data, install, [program("mariadbd", _MARIADB), *shared, *place, *options], new=new_data)

    probe = partial(readiness.mysql_answers, port, password)
    return NativeService(name="mysql", port=port, data=data, command=command, probe=probe)


def _prepared(made: Path, prepare: Sequence[str], serve: Sequence[str], new: Path | None = None) -> list[str]:
    """Return a command that runs `prepare` where `made` does not exist, then becomes `serve`.

    With `new`, that is where `prepare` makes what becomes `made`; what an interrupted one left there is deleted.
    """
    steps = [shlex.join(prepare)]
    if new:
        steps = [shlex.join(["rm", "-rf", str(new)]), *steps, shlex.join(["mv", str(new), str(made)])]
    script = f"[ -e {shlex.quote(str(made))} ] || {{ {' && '.join(steps)}; }} && exec {shlex.join(serve)}"
    return ["/bin/sh", "-c", script]


def program(name: str, package: str) -> str:
    """Return a program's path; StackError naming the package when it is not installed."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if found is None:
        raise StackError(f"{name} is not installed; `local/setup.sh native` installs it (package {package}).")
    return found


def kafka_jars(root: Path = _ROOT) -> Path:
    """Return the folder of Kafka's jars; StackError when the set-up has not copied them."""
    version = re.search(r"<kafka.version>(.+)</kafka.version>", (_KAFKA / "pom.xml").read_text())
    libs = root / ".local" / f"kafka-{version[1] if version else ''}" / "libs"
    if not libs.is_dir():
        raise StackError(f"Kafka's jars are not in {libs}; `local/setup.sh native` copies them.")
    return libs


def _java(*words: str) -> list[str]:
    logging = {"defaultLogLevel": "warn", "showDateTime": "true", "dateTimeFormat": "yyyy-MM-dd HH:mm:ss.SSS"}
    options = [f"-Dorg.slf4j.simpleLogger.{name}={value}" for name, value in logging.items()]
    java = program("java", "openjdk-17-jre-headless")
    return [java, "-XX:+UseSerialGC", *options, "-cp", f"{kafka_jars()}/*", *words]
