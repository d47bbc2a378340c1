"""Every number of a plan: by hand, by the formulas of docs/scale.md, and never less for more attempts."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from samtranslator.yaml_helper import yaml_parse

from cli.capacity_plan import (
    ImpossiblePlanError,
    durations_ms,
    idle_dollars_a_month,
    load_constants,
    make_plan,
    rush_dollars,
)
from eventrush.gate import remembered
from eventrush.settings import GateSettings

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "scale.md").read_text()
CONSTANTS: Final = load_constants()
# A formula is the second cell of a row whose first is a name.
FORMULAS: Final = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))
GIVEN: Final = ("capacity", "attemptsPerSecond", "minutes")
PLANS: Final = [(10_000, 20_000, 5), (100, 20_000, 1), (60_000, 15_000, 10), (2_000_000, 12_000, 60), (1, 1, 1)]
# Round numbers, so that a person can check what follows from them.
ROUND: Final = CONSTANTS | {
    "winnerProcessorUs": 400,
    "winnerWallUs": 900,
    "loserProcessorUs": 200,
    "loserWallUs": 400,
    "rememberedProcessorUs": 50,
    "rememberedWallUs": 50,
    "joinMemoryMb": 1769,
    "memoryMbOfOneProcessor": 1769,
    "initMs": 1000,
    "winnerRedisUs": 30,
    "loserRedisUs": 20,
    "confirmedPerS": 50_000,
    "filterBytesOfAMillion": 2_000_000,
    "pendingBytes": 200,
    "persistRowsPerS": 17_690,
    "persistMemoryMb": 1000,
    "insertRowsPerS": 20_000,
    "redisNetworkMbps": 1000,
}


def numbers(plan: Mapping[str, Any]) -> dict[str, float]:
    parts = [part for part in plan.values() if isinstance(part, dict)]
    return {name: value for part in parts for name, value in part.items()}


def evaluate(formula: str, known: Mapping[str, Any]) -> Any:
    functions = {"ceil": math.ceil, "min": min, "max": max}
    text = formula.replace("\N{MULTIPLICATION SIGN}", "*").replace("\N{DIVISION SIGN}", "/")
    return eval(text, {"__builtins__": {}}, {**functions, **known})  # noqa: S307 our own page


def test_the_page_has_a_formula_for_each_number_and_no_other() -> None:
    assert set(FORMULAS) == set(numbers(make_plan(*PLANS[0], CONSTANTS))) - set(GIVEN)


@pytest.mark.parametrize("of", PLANS)
def test_each_number_is_what_its_formula_on_the_page_says(of: tuple[int, int, int]) -> None:
    found = numbers(make_plan(*of, CONSTANTS))
    said = {name: evaluate(formula, {**CONSTANTS, **found}) for name, formula in FORMULAS.items()}
    assert said == {
        name: pytest.approx(value, rel=1e-4, abs=6e-4) if value is not None else None
        for name, value in found.items()
        if name not in GIVEN
    }


def test_each_constant_is_used() -> None:
    limits_only = {
        "lambdaConcurrencyDefault", "lambdaConcurrencyNew", "apiRateDefault", "apiBurstDefault",
        "mskConnectionsPerBroker", "gateTimeoutMs",
    }  # fmt: skip
    used = {word for formula in FORMULAS.values() for word in re.findall(r"[a-z]\w+", formula)}
    assert set(CONSTANTS) - used == limits_only


def test_constants_are_those_of_the_template_and_the_code() -> None:
    template = yaml_parse((ROOT / "template.yaml").read_text())
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    defaults |= template["Mappings"]["Sizes"]["prod"]
    functions = {name: one["Properties"] for name, one in template["Resources"].items() if "Function" in one["Type"]}
    persist = functions["PersistFunction"]["Events"]["Entries"]["Properties"]
    assert {
        "templatePartitions": defaults["KafkaPartitions"],
        "templateAcuMin": defaults["MysqlMinCapacity"],
        "templateAcuMax": defaults["MysqlMaxCapacity"],
        "templateDiskGib": defaults["KafkaVolumeGiB"],
        "joinMemoryMb": functions["JoinFunction"]["MemorySize"],
        "persistMemoryMb": functions["PersistFunction"]["MemorySize"],
        "reconcileMemoryMb": functions["ReconcileFunction"]["MemorySize"],
        "batchWindowS": persist["MaximumBatchingWindowInSeconds"],
        "gateTimeoutMs": GateSettings("redis://x").timeout_ms,
        "leaseS": remembered.LEASE_S,
        "pendingByName": remembered.MAX_PENDING,
        "rememberedWinners": remembered.MAX_WINNERS,
    }.items() <= CONSTANTS.items()
    # The prices are those of these types.
    assert (defaults["KafkaInstanceType"], defaults["RedisNodeType"]) == ("kafka.m7g.large", "cache.m7g.large")


def test_a_verdict_is_billed_for_its_processor_time_and_its_waits() -> None:
    # 0.9 + 1 + 10 ms; 0.4 + 1 ms; 0.05 ms.
    assert durations_ms(ROUND) == {"winnerMs": 12, "loserMs": 2, "rememberedMs": 1}


def test_a_rush_of_ten_thousand_seats_by_hand() -> None:
    plan = make_plan(10_000, 20_000, 5, ROUND)
    assert plan["rush"] == {
        "capacity": 10_000,
        "attemptsPerSecond": 20_000,
        "minutes": 5,
        "attempts": 6_000_000,
        "winners": 10_000,
        "sellOutS": 0.5,
    }
    assert plan["environments"] == {
        "winnerMs": 12,
        "loserMs": 2,
        "rememberedMs": 1,
        "busyAtOpening": 360,  # 20,000 x 0.012 x 1.5
        "busySoldOut": 30,
        "busySoldOutAsking": 60,
        "environmentsByRequests": 2000,
        "environments": 2000,
        "coldStartMs": 1000,
        "coldRampS": 10,  # the second thousand at 100 a second
        "throttledIfCold": 50_000,  # half of 20,000 at first, nothing at the end: a quarter of 200,000
    }
    assert plan["api"] == {"throttleRate": 30_000, "throttleBurst": 15_000}
    assert plan["gate"] == {
        "claimsPeak": 20_000,  # 10,000 pending are more than can be read by name
        "claimsSoldOut": 2000,
        "enginePercent": 70,  # 10,000 x (30 + 20) + 10,000 x 20 = 700,000 µs
        "headroomPercent": 30,
        "enginePercentAsking": 70,
        "queueMs": 60,
        "networkPercent": 16,  # 160 of 1,000 Mbit/s
        "filterS": 0.32,  # 2,000 x 20 kB = 40 MB
        "memoryMb": 2,
        "memoryPercent": pytest.approx(2 / (6850 * 0.75) * 100, abs=1e-4),
        "redisConnections": 2014,
        "redisConnectionsPercent": pytest.approx(3.0985, abs=1e-4),
        "remembersAfterS": pytest.approx(1.9867, abs=1e-4),  # after the last row, and 0.32 s to read the filter
    }
    assert plan["stream"] == {
        "recordsPerSecond": 10_000,
        "rowsPerPartition": 10_000,
        "partitions": 12,
        "pollers": 3,
        "kafkaConnections": 2005,
        "connectS": 20,
    }
    assert plan["ledger"] == {
        "rowsPerAcu": 5000,
        "acuMin": 3,  # 15,000 rows a second
        "acuMax": 16,
        "lastRowS": pytest.approx(1 + 10_000 / 15_000, abs=1e-4),
        "mysqlConnections": 14,
        "mysqlConnectionsPercent": 0.7,
    }
    assert plan["warmUp"]["warmMinutesBefore"] == 15
    assert plan["warmUp"]["accountConcurrency"] == 2113  # 2,000 + 12 + 1 + 100


def test_few_winners_are_known_at_once_and_too_many_never() -> None:
    few = make_plan(1000, 20_000, 5, ROUND)["gate"]
    assert (few["claimsPeak"], few["remembersAfterS"]) == (3000, 0)
    many = make_plan(1_000_001, 15_000, 5, ROUND)["gate"]
    assert (many["claimsSoldOut"], many["remembersAfterS"]) == (15_000, None)


def test_more_winners_a_second_than_one_worker_a_partition_takes_need_more_partitions() -> None:
    slow = ROUND | {"persistRowsPerS": 1769}  # 1,000 a second with 1,000 of 1,769 MB
    stream = make_plan(1_000_000, 10_000, 5, slow)["stream"]
    assert (stream["partitions"], stream["pollers"]) == (15, 3)


def test_a_thousand_environments_take_no_ramp_and_a_long_warm_up_starts_earlier() -> None:
    assert make_plan(10, 10_000, 1, ROUND)["environments"]["coldRampS"] == 0
    slow = ROUND | {"mskNewConnectionsPerS": 1}  # 60 a minute
    assert make_plan(10, 20_000, 1, slow)["warmUp"]["warmMinutesBefore"] == 50


def test_a_million_joins_cost_requests_time_logs_and_traces() -> None:
    k = ROUND | {"joinMemoryMb": 1024, "memoryMbOfOneProcessor": 1024, "lambdaArm64GbSecond": 0.00001}
    assert rush_dollars(1_000_000, 100_000, k) == {
        "httpApi": 1,
        "lambdaRequests": pytest.approx(0.2),
        "joinDuration": pytest.approx(0.021),  # 100,000 x 12 ms + 900,000 x 1 ms of a GB
        "warmEnvironments": 0,
        "persistDuration": pytest.approx(100_000 / (17_690 * 1000 / 1024) * 1000 / 1024 * 0.00001),
        "logs": pytest.approx(0.55),  # 1 GB of everyone's and 0.1 GB of winners'
        "traces": pytest.approx(0.25),
        "transfer": pytest.approx(0.063),
    }
    warm = rush_dollars(1_000_000, 100_000, k, warm_gb_s=1_000_000)
    assert warm["warmEnvironments"] == pytest.approx(3.3334)
    assert warm["joinDuration"] < 0.021


def test_a_month_without_a_request_by_hand() -> None:
    assert idle_dollars_a_month(CONSTANTS) == {
        "msk": pytest.approx(476.76),  # 3 x 0.204 x 730 + 300 GiB x 0.10
        "redis": pytest.approx(183.96),
        "aurora": pytest.approx(175.2),
        "pollersIdle": pytest.approx(270.1),
        "endpointsIdle": pytest.approx(65.7),
        "reconcile": pytest.approx(56.5, abs=0.01),
        "monitoring": pytest.approx(14.6),
        "idleTotal": pytest.approx(1242.82, abs=0.01),
        "natIfChosen": pytest.approx(32.85),
    }


def quotas(capacity: int, attempts_per_s: int, minutes: int) -> dict[str, tuple[bool, bool]]:
    plan = make_plan(capacity, attempts_per_s, minutes, ROUND)["quotas"]
    return {row["quota"]: (row["enough"], row["enoughIfNew"]) for row in plan}


def test_quotas_that_are_not_enough_are_named() -> None:
    assert quotas(10_000, 20_000, 5) == {
        "Lambda concurrency": (False, False),
        "API requests/s": (False, False),
        "API burst": (False, False),
        "MSK connections": (True, True),
    }
    assert quotas(100, 30_000, 5)["MSK connections"] == (False, False)  # 3,000 environments, and pollers
    # 667 environments, 12 partitions, reconcile and 100 unreserved; 10,000 requests a second with what is spare.
    assert quotas(100, 6666, 5) == {
        "Lambda concurrency": (True, False),
        "API requests/s": (True, True),
        "API burst": (True, True),
        "MSK connections": (True, True),
    }


NEEDS: Final = (
    *(("environments", name) for name in ("environments", "coldRampS", "throttledIfCold", "busySoldOutAsking")),
    *(("api", name) for name in ("throttleRate", "throttleBurst")),
    *(("gate", name) for name in ("claimsPeak", "claimsSoldOut", "enginePercent", "queueMs", "filterS", "memoryMb")),
    *(("stream", name) for name in ("recordsPerSecond", "partitions", "pollers", "kafkaConnections")),
    *(("ledger", name) for name in ("acuMin", "acuMax", "mysqlConnections")),
    *(("warmUp", name) for name in ("warmMinutesBefore", "warmGbSeconds", "accountConcurrency")),
    ("rushDollars", "rushTotal"),
)
MINUTES: Final = st.integers(1, 1440)
# Few winners and a great crowd, or many winners and a smaller one: most of these plans are possible.
CROWDS: Final = st.tuples(st.integers(1, 1000), st.integers(1, 100_000), MINUTES)
WINNERS: Final = st.tuples(st.integers(1, 10_000_000), st.integers(1, 17_000), MINUTES)
MORE: Final = st.tuples(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 60))


def needs(of: tuple[int, int, int]) -> list[float]:
    plan = make_plan(*of, CONSTANTS)
    return [plan[part][name] for part, name in NEEDS]


@given(CROWDS | WINNERS, MORE)
def test_more_never_needs_less(of: tuple[int, int, int], more: tuple[int, int, int]) -> None:
    """More seats, attempts or minutes need at least as much of everything, and stay impossible."""
    larger = (of[0] + more[0], of[1] + more[1], of[2] + more[2])
    try:
        above = dict(zip(NEEDS, needs(larger), strict=True))
    except ImpossiblePlanError:
        reject()
    below = dict(zip(NEEDS, needs(of), strict=True))
    assert [name for name in NEEDS if below[name] > above[name]] == []


def test_a_gate_that_one_server_cannot_be_is_refused_at_its_limit() -> None:
    # 20 µs a loser, 50 a winner: 20,000 winners a second are all of a processor.
    assert make_plan(1_000_000, 20_000, 5, ROUND)["gate"]["headroomPercent"] == 0
    with pytest.raises(ImpossiblePlanError, match="20,001 claims"):
        make_plan(1_000_000, 20_001, 5, ROUND)


def test_a_queue_that_is_longer_than_the_gates_deadline_is_refused() -> None:
    # 400 ms of 30 µs are 13,333 environments.
    assert make_plan(100, 133_330, 5, ROUND)["gate"]["queueMs"] == pytest.approx(399.99)
    with pytest.raises(ImpossiblePlanError, match="400 ms"):
        make_plan(100, 133_340, 5, ROUND)
