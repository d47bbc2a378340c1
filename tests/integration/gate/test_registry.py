"""The registry is written only where it differs, in parts, and counts only when it is complete."""

from typing import Any

import pytest
import redis

from cli.environment import environment
from eventrush.errors import GateUnavailableError
from eventrush.gate import codec
from eventrush.gate.connection import RUN_ID
from eventrush.gate.gate import Gate
from eventrush.models import Verdict
from eventrush.settings import GateSettings
from local.servers import Stack
from tests.integration.conftest import new_id

RUN_ID_FIELD = "-run-id"


def listed(raw: redis.Redis) -> dict[str, str]:
    found: dict[Any, Any] = raw.hgetall(codec.REGISTRY_KEY)
    states = {key.decode(): value.decode() for key, value in found.items()}
    assert states.pop(RUN_ID_FIELD) == raw.info("server")["run_id"]
    return states


def writes(raw: redis.Redis) -> int:
    stats: dict[str, dict[str, int]] = raw.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("hset", "hsetnx", "hdel"))


def test_the_same_registry_is_not_written_again(real_gate: Gate, raw: redis.Redis) -> None:
    events = [new_id() for _ in range(50)]
    real_gate.replace_registry(events[:25], retired=events[25:])
    before = writes(raw)
    real_gate.replace_registry(events[:25], retired=events[25:])
    assert writes(raw) == before
    assert listed(raw) == dict.fromkeys(events[:25], "live") | dict.fromkeys(events[25:], "retired")


def test_only_what_differs_is_written(real_gate: Gate, raw: redis.Redis) -> None:
    gone, ended, kept, fresh = (new_id() for _ in range(4))
    real_gate.replace_registry([gone, ended, kept])
    before = writes(raw)
    real_gate.replace_registry([kept, fresh], retired=[ended])
    assert listed(raw) == {kept: "live", fresh: "live", ended: "retired"}
    assert writes(raw) - before == 4, "one deleted, two written, and the mark"


def test_no_call_grows_with_the_number_of_events(
    real_gate: Gate, raw: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    call = real_gate.scripts.call

    def sized(name: str, keys: Any, *args: Any) -> Any:
        sizes.append(len(args))
        return call(name, keys, *args)

    monkeypatch.setattr(real_gate.scripts, "call", sized)
    events = [f"{number}-{new_id()}" for number in range(5500)]
    real_gate.replace_registry(events)
    assert listed(raw) == dict.fromkeys(events, "live")
    assert max(sizes) <= 2010
    real_gate.replace_registry([])
    assert listed(raw) == {}


class InterruptedGate(Gate):
    """Does not answer after the first part of a registry."""

    def interrupt(self, parts: int) -> None:
        call = self.scripts.call

        def interrupted(name: str, keys: Any, *args: Any) -> Any:
            nonlocal parts
            if name == "write_registry":
                if not parts:
                    raise GateUnavailableError("Redis does not answer.")
                parts -= 1
            return call(name, keys, *args)

        self.scripts.call = interrupted  # type: ignore[method-assign]


def test_a_registry_that_is_not_complete_makes_no_event_unknown(
    stack: Stack, real_gate: Gate, raw: redis.Redis
) -> None:
    raw.delete(codec.REGISTRY_KEY)
    events = [f"{number}-{new_id()}" for number in range(1500)]
    interrupted = InterruptedGate.connect(GateSettings.from_env(environment(stack)))
    interrupted.interrupt(parts=1)
    with pytest.raises(GateUnavailableError):
        interrupted.replace_registry(events)
    interrupted.close()
    assert raw.hlen(codec.REGISTRY_KEY) == 1000
    assert not real_gate.has_registry()
    assert real_gate.claim(events[-1], "u", "a").verdict is Verdict.GATE_LOST


def test_a_part_for_another_server_is_refused(real_gate: Gate, raw: redis.Redis) -> None:
    raw.delete(codec.REGISTRY_KEY)
    written = real_gate.scripts.call(
        "write_registry", (codec.REGISTRY_KEY,), RUN_ID, "0" * 40, "set", "last", new_id(), "live"
    )
    assert (written, raw.exists(codec.REGISTRY_KEY)) == (0, 0)


def test_adding_to_a_registry_of_another_server_replaces_it(real_gate: Gate, raw: redis.Redis) -> None:
    real_gate.replace_registry(["older"])
    raw.hset(codec.REGISTRY_KEY, RUN_ID_FIELD, "0" * 40)
    assert not real_gate.has_registry()
    known = new_id()
    real_gate.add_to_registry([known])
    assert real_gate.has_registry()
    assert listed(raw) == {known: "live"}
