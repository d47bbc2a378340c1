"""The README's way with Docker, in a fresh checkout: compose's containers, `sam build`, SAM's containers."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from admin import dependencies
from admin.service import Admin
from eventrush.event import Event
from local.sam import require_docker
from local.sam.command import SAM
from local.servers import StackError
from local.servers.ports import free_port
from local.servers.settings import environ
from tests.docker.terminal import Terminal, check_out
from tests.e2e.conftest import Api
from tests.integration.conftest import new_id
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SERVERS = ("redis", "kafka", "mysql")
SAM_API = "from cli.main import main; main()"


class SlowApi(Api):
    """An API whose one environment answers one request at a time, the first after some seconds."""

    def connection(self) -> HTTPConnection:
        return HTTPConnection(self.url.removeprefix("http://"), timeout=60)


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    lack = _what_is_missing()
    if lack:
        pytest.fail(lack) if os.environ.get("CI") else pytest.skip(lack)
    checkout = tmp_path_factory.mktemp("checkout")
    check_out(ROOT, checkout)
    (checkout / ".local" / "bin").mkdir(parents=True)
    (checkout / ".local" / "bin" / "sam").symlink_to(SAM)
    name = f"eventrush-docker-test-{os.getpid()}"
    ports = {f"EVENTRUSH_{server.upper()}_PORT": str(free_port()) for server in SERVERS}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "EVENTRUSH_"))}
    own = {"COMPOSE_PROJECT_NAME": name, "EVENTRUSH_NETWORK": name, "SAM_DOCKER_NETWORK": name}
    path = f"{checkout / '.local' / 'bin'}:{kept['PATH']}"
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is ended ends its containers too
    yield Terminal(checkout, {**kept, **ports, **own, "PATH": path, "SAM_CLI_TELEMETRY": "0"})
    signal.signal(signal.SIGTERM, before)


def _what_is_missing() -> str | None:
    try:
        require_docker()
    except StackError as error:
        return str(error)
    return None if SAM.exists() else "sam is not set up; `local/setup.sh sam` does it."


@pytest.fixture(scope="session")
def compose(terminal: Terminal) -> Iterator[dict[str, str]]:
    """Give the settings that lead to compose's containers from here."""
    try:
        terminal.run("docker compose up -d --wait", 600)
        ports = {server: int(terminal.environ[f"EVENTRUSH_{server.upper()}_PORT"]) for server in SERVERS}
        yield environ(ports, "eventrush", tls="required")
    finally:
        for container in others(terminal):
            terminal.run(f"docker rm --force {container}")
        terminal.run("docker compose down --volumes --timeout 10")


def others(terminal: Terminal) -> list[str]:
    """Give the containers on the network that are not compose's."""
    network, project = terminal.environ["EVENTRUSH_NETWORK"], terminal.environ["COMPOSE_PROJECT_NAME"]
    names = terminal.run(f"docker ps --all --filter network={network} --format {{{{.Names}}}}").split()
    return [name for name in names if not name.startswith(f"{project}-")]


@pytest.fixture(scope="session")
def built(terminal: Terminal) -> Path:
    terminal.run("sam build", 600)
    return terminal.checkout / ".aws-sam" / "build"


@pytest.fixture(scope="session")
def admin(compose: dict[str, str]) -> Iterator[Admin]:
    admin = dependencies.connect(compose).admin
    yield admin
    admin.ledger.database.close()
    with admin.gate.scripts.client() as client:
        client.close()


@pytest.fixture(scope="session")
def api(
    terminal: Terminal, compose: dict[str, str], built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """Run what `make sam-api` runs, end it by Ctrl-C, and see that nothing of it is left."""
    assert compose
    assert built.exists()
    log = tmp_path_factory.mktemp("sam-api") / "log"
    port, lambda_port = free_port(), free_port()
    words = [sys.executable, "-c", SAM_API, "sam-api", "--port", str(port), "--lambda-port", str(lambda_port)]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else a test run in the background makes it deaf
    process = terminal.start(words, log)
    try:
        until(lambda: "Try" in log.read_text() or process.poll() is not None, 180)
        assert process.poll() is None, log.read_text()
        api = SlowApi(f"http://127.0.0.1:{port}")
        api.ask("GET", "/api/events/default")  # its container is made now
        yield api
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0, log.read_text()
        assert others(terminal) == []
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(90)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


Events = Callable[..., Event]


@pytest.fixture
def new_event(admin: Admin) -> Events:
    """Create events of so many seats."""
    return lambda capacity, **rules: admin.create(Event(new_id(), "An event", capacity, **rules))
