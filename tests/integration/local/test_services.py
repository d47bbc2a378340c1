"""What every stack promises of its services, native and compose alike, on servers of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from local import servers as stacks
from local.ports import HOST
from local.servers import Service, Stack, StackError
from local.servers.readiness import redis_answers
from tests.integration.local.stored_words import TOPIC, StoredWords
from tests.processes import processes_of

SERVICES = ("redis", "kafka", "mysql")


@pytest.fixture(scope="module", params=["native", pytest.param("compose", marks=pytest.mark.docker)])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start a stack of each kind that these tests may ill-treat."""
    stack = stacks.start(tmp_path_factory.mktemp(request.param), request.param)
    yield stack
    stack.discard()


@pytest.fixture(params=SERVICES)
def service(running: Stack, request: pytest.FixtureRequest) -> Service:
    """Hand out each service in turn, running whatever the test before did to it."""
    service = running.services[request.param]
    service.start()
    return service


@pytest.fixture
def probe(running: Stack) -> StoredWords:
    """Hand out a way to write to the servers and read from them."""
    return StoredWords(running)


def test_a_killed_service_starts_again_on_its_port_with_its_data(service: Service, probe: StoredWords) -> None:
    word, port, pid = probe.leave(service.name), service.port, service.pid
    service.kill()
    assert not service.alive()
    assert service.pid is None
    service.start()
    assert service.port == port
    assert service.pid not in {pid, None}
    assert word in probe.words(service.name)


def test_a_service_stops_even_suspended_and_starts_again_with_its_data(service: Service, probe: StoredWords) -> None:
    word = probe.leave(service.name)
    service.suspend()
    assert service.alive()
    service.stop()
    assert not service.alive()
    service.start()
    assert word in probe.words(service.name)


def test_a_wiped_service_starts_empty(service: Service, probe: StoredWords) -> None:
    word = probe.leave(service.name)
    service.stop()
    service.wipe()
    service.start()
    assert word not in probe.words(service.name)


def test_a_running_service_is_not_wiped(service: Service, probe: StoredWords) -> None:
    word = probe.leave(service.name)
    with pytest.raises(StackError, match=f"^{service.name} runs; stop it before wiping its data.$"):
        service.wipe()
    assert word in probe.words(service.name)


def test_a_suspended_service_lives_but_is_silent_until_resumed(running: Stack) -> None:
    redis_service = running.services["redis"]
    redis_service.start()
    redis_service.suspend()
    try:
        assert redis_service.alive()
        assert not redis_answers(redis_service.port)
    finally:
        redis_service.resume()
    assert redis_answers(redis_service.port)


def test_starting_what_runs_changes_nothing(service: Service) -> None:
    pid = service.pid
    service.start()
    assert service.pid == pid


def test_the_topic_has_its_partitions_and_no_other_is_made_unasked(running: Stack) -> None:
    running.services["kafka"].start()
    admin = AdminClient({"bootstrap.servers": f"{HOST}:{running.ports['kafka']}"})
    assert len(admin.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions) == 3
    assert admin.list_topics("mistyped", timeout=10).topics["mistyped"].error is not None


def test_another_process_finds_the_stack(running: Stack) -> None:
    found = stacks.find(running.directory)
    assert found
    assert (found.kind, found.ports, found.network) == (running.kind, running.ports, running.network)
    assert (found.password, found.tls) == (running.password, running.tls)
    assert {name: one.pid for name, one in found.services.items()} == {
        name: one.pid for name, one in running.services.items()
    }


def test_a_second_stack_in_the_directory_is_refused(running: Stack) -> None:
    with pytest.raises(StackError, match=f"^A stack runs in {running.directory} already.$"):
        stacks.start(running.directory, running.kind)


@pytest.mark.parametrize("kind", ["native", pytest.param("compose", marks=pytest.mark.docker)])
def test_a_stack_leaves_nothing_running_and_keeps_its_data(tmp_path: Path, kind: str) -> None:
    with stacks.start(tmp_path, kind) as first:
        words = {name: StoredWords(first).leave(name) for name in SERVICES}
    assert not any(one.alive() for one in first.services.values())
    assert not processes_of(tmp_path)
    assert stacks.find(tmp_path) is None
    second = stacks.start(tmp_path, kind)
    try:
        for name, word in words.items():
            assert word in StoredWords(second).words(name)
    finally:
        second.discard()
    assert not (tmp_path / "mysql").exists()
