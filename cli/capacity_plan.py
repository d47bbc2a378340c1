"""What a rush needs on AWS and costs there: formulas over measured figures, AWS's limits and list prices.

docs/scale.md states each formula under the name that the plan has; a test computes one from the other.
"""

import json
from collections.abc import Mapping
from functools import reduce
from math import ceil
from operator import getitem
from pathlib import Path
from typing import Any, Final

from cli.cost import PRICES, billed_ms
from eventrush.errors import EventrushError

ROOT: Final = Path(__file__).parents[1]
LIMITS: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_name("limits.json").read_text())
# Where docs/bench.json has a constant. Claims are those of 64 connections: a rush keeps the event loop busy.
BENCH: Final = {
    "winnerProcessorUs": "invocation.winner.processorUs",
    "winnerWallUs": "invocation.winner.wallUs",
    "loserProcessorUs": "invocation.loser.processorUs",
    "loserWallUs": "invocation.loser.wallUs",
    "rememberedProcessorUs": "invocation.remembered.processorUs",
    "rememberedWallUs": "invocation.remembered.wallUs",
    "joinMemoryMb": "cost.memoryMb",
    "initMs": "cost.init.billedMs",
    "winnerRedisUs": "claim.winner1000000x64.redisUs",
    "loserRedisUs": "claim.loser1000000x64.redisUs",
    "confirmedPerS": "filter.confirm.confirmedPerS",
    "filterBytesOfAMillion": "filter.bytes",
    "pendingBytes": "gateMemory.bytesPerPendingWinner",
    "persistRowsPerS": "persist.persistRowsPerS",
    "insertRowsPerS": "persist.multiRowRowsPerS",
}

type Constants = Mapping[str, float]


class ImpossiblePlanError(EventrushError):
    """No size of this deployment takes such a rush."""


def load_constants(bench: Mapping[str, Any] | None = None) -> dict[str, float]:
    """Return every constant by its name: measured, AWS's limits, the template's sizes, assumptions, and prices."""
    figures: Any = bench or json.loads((ROOT / "docs" / "bench.json").read_text())
    measured: dict[str, float] = {name: reduce(getitem, path.split("."), figures) for name, path in BENCH.items()}
    prices = {name: value for name, value in PRICES.items() if isinstance(value, int | float)}
    return {**measured, **{name: limit["value"] for name, limit in LIMITS.items()}, **prices}


def make_plan(capacity: int, attempts_per_s: int, minutes: int, k: Constants) -> dict[str, Any]:
    """Return what a rush needs, when, and what it costs; raises `ImpossiblePlanError` for what one gate cannot take."""
    attempts = attempts_per_s * 60 * minutes
    winners = min(capacity, attempts)
    rush = {"attempts": attempts, "winners": winners, "sellOutS": winners / attempts_per_s}
    environments = _environments(attempts_per_s, k)
    count, at_once = environments["environments"], min(attempts_per_s, winners)
    gate = _gate(attempts_per_s, winners, at_once, count, k)
    ledger = _ledger(winners, at_once, k)
    stream = _stream(at_once, count, k)
    workers = stream["partitions"] + 2  # with reconcile and admin
    gate["redisConnections"], ledger["mysqlConnections"] = count + workers, workers
    gate["redisConnectionsPercent"] = gate["redisConnections"] / k["redisMaxClients"] * 100
    ledger["mysqlConnectionsPercent"] = workers / k["auroraMaxConnections"] * 100
    gate["remembersAfterS"] = _remembers_after_s(winners, ledger["lastRowS"] + gate["filterS"], k)
    _require_possible(gate, k)
    api = {"throttleRate": ceil(attempts_per_s * k["spare"]), "throttleBurst": ceil(attempts_per_s * k["spare"] / 2)}
    per_minute = min(k["lambdaWarmPerMinute"], 60 * k["mskNewConnectionsPerS"])
    lead = max(int(k["leadMinutes"]), ceil(count / per_minute * k["spare"]))
    warm_gb_s = count * k["joinMemoryMb"] / 1024 * 60 * (lead + minutes)
    concurrency = count + stream["partitions"] + 1 + int(k["lambdaUnreserved"])
    dollars = {
        **rush_dollars(attempts, winners, k, warm_gb_s=warm_gb_s),
        "moreCapacityUnits": (ledger["acuMin"] - k["templateAcuMin"])
        * (k["auroraInstances"] * k["auroraAcuHour"] * k["preparedHours"]),
        "morePollers": max(0, stream["pollers"] - k["prodPollers"]) * k["pollerHour"] * k["preparedHours"],
    }
    made = {
        "rush": {"capacity": capacity, "attemptsPerSecond": attempts_per_s, "minutes": minutes, **_rounded(rush)},
        "environments": _rounded(environments),
        "api": api,
        "gate": _rounded(gate),
        "stream": _rounded(stream),
        "ledger": _rounded(ledger),
        "warmUp": _rounded({"warmMinutesBefore": lead, "warmGbSeconds": warm_gb_s, "accountConcurrency": concurrency}),
        "rushDollars": _rounded({**dollars, "rushTotal": sum(dollars.values())}),
        "idleDollarsAMonth": _rounded(idle_dollars_a_month(k)),
    }
    return {**made, "quotas": _quotas(made, k), "schedule": _schedule(made)}


def rush_dollars(attempts: int, winners: int, k: Constants, *, warm_gb_s: float = 0) -> dict[str, float]:
    """Return what so many joins cost beside the stores, part by part; warm environments have a lower price a second."""
    times = durations_ms(k)
    gb, gigabyte = k["joinMemoryMb"] / 1024, 1e9
    seconds = (winners * times["winnerMs"] + (attempts - winners) * times["rememberedMs"]) / 1000
    log_bytes = attempts * (k["accessLogBytes"] + k["platformLogBytes"]) + winners * k["winnerLogBytes"]
    return {
        "httpApi": attempts / 1e6 * k["httpApiMillionRequests"],
        "lambdaRequests": attempts / 1e6 * k["lambdaMillionRequests"],
        "joinDuration": seconds * gb * k["lambdaArm64WarmDurationGbSecond" if warm_gb_s else "lambdaArm64GbSecond"],
        "warmEnvironments": warm_gb_s * k["lambdaArm64WarmGbSecond"],
        "persistDuration": winners / _rows_per_partition(k) * k["persistMemoryMb"] / 1024 * k["lambdaArm64GbSecond"],
        "logs": log_bytes / gigabyte * k["logGb"],
        "traces": attempts / 1e6 * k["xrayShare"] * k["xrayMillion"],
        "transfer": attempts * k["responseBytes"] / gigabyte * k["transferGb"],
    }


def idle_dollars_a_month(k: Constants) -> dict[str, float]:
    """Return what the prod sizes cost a month without a request; a NAT gateway only where one is asked for."""
    reconcile_s = k["monthHours"] * 60 * k["reconcileSecondsAMinute"]
    parts = {
        "msk": k["brokers"] * (k["mskBrokerHour"] * k["monthHours"] + k["templateDiskGib"] * k["mskGbMonth"]),
        "redis": k["redisNodes"] * k["redisNodeHour"] * k["monthHours"],
        "aurora": k["auroraInstances"] * k["templateAcuMin"] * k["auroraAcuHour"] * k["monthHours"],
        "pollersIdle": k["prodPollers"] * k["pollerHour"] * k["monthHours"],
        "endpointsIdle": k["endpoints"] * k["endpointHour"] * k["monthHours"],
        "reconcile": reconcile_s * k["reconcileMemoryMb"] / 1024 * k["lambdaArm64GbSecond"],
        "monitoring": k["monitoringHour"] * k["monthHours"],
    }
    return {**parts, "idleTotal": sum(parts.values()), "natIfChosen": k["natHour"] * k["monthHours"]}


def durations_ms(k: Constants) -> dict[str, int]:
    """Return the milliseconds that Lambda bills for each kind of join."""
    waits_ms = {"winner": k["roundTripMs"] + k["acknowledgeMs"], "loser": k["roundTripMs"], "remembered": 0}
    return {
        f"{kind}Ms": billed_ms(k[f"{kind}ProcessorUs"], k[f"{kind}WallUs"] + 1000 * wait_ms, int(k["joinMemoryMb"]), k)
        for kind, wait_ms in waits_ms.items()
    }


def _environments(attempts_per_s: int, k: Constants) -> dict[str, Any]:
    times = durations_ms(k)

    def little(name: str) -> int:
        return ceil(attempts_per_s * times[name] / 1000 * k["spare"])

    opening, by_requests = little("winnerMs"), ceil(attempts_per_s / k["lambdaRequestsPerEnvironment"])
    count, start = max(opening, by_requests), k["lambdaEnvironmentsPer10S"]
    ramp_s = max(0, count - start) / (start / 10)
    return {
        **times,
        "busyAtOpening": opening,
        "busySoldOut": little("rememberedMs"),
        "busySoldOutAsking": little("loserMs"),
        "environmentsByRequests": by_requests,
        "environments": count,
        "coldStartMs": k["initMs"],
        "coldRampS": ramp_s,
        "throttledIfCold": ceil(attempts_per_s * ramp_s / 2 * (1 - min(1, start / count))),
    }


def _gate(attempts_per_s: int, winners: int, at_once: int, environments: int, k: Constants) -> dict[str, Any]:
    # An environment asks once a lease; but it must ask each time while it cannot know every winner.
    asking = min(attempts_per_s, ceil(environments / k["leaseS"]))
    claims = min(attempts_per_s, at_once + asking) if winners <= k["pendingByName"] else attempts_per_s
    winner_us = k["winnerRedisUs"] + 1e6 / k["confirmedPerS"]

    def percent(calls: int) -> float:
        return (at_once * winner_us + (calls - at_once) * k["loserRedisUs"]) / 1e4

    memory_mb = winners * k["pendingBytes"] / 1e6
    filter_bytes = environments * min(winners, k["rememberedWinners"]) * k["filterBytesOfAMillion"] / 1e6
    return {
        "claimsPeak": claims,
        "claimsSoldOut": asking if winners <= k["rememberedWinners"] else attempts_per_s,
        "enginePercent": percent(claims),
        "headroomPercent": 100 - percent(claims),
        "enginePercentAsking": percent(attempts_per_s),
        "queueMs": environments * k["winnerRedisUs"] / 1000,
        "networkPercent": claims * k["claimBytes"] * 8 / (k["redisNetworkMbps"] * 1e6) * 100,
        "filterS": filter_bytes * 8 / (k["redisNetworkMbps"] * 1e6),
        "memoryMb": memory_mb,
        "memoryPercent": memory_mb / (k["redisMemoryMb"] * (1 - k["redisReservedShare"])) * 100,
    }


def _remembers_after_s(winners: int, readable_s: float, k: Constants) -> float | None:
    """Return when environments begin to answer themselves, counted from the last seat; None for never."""
    if winners > k["rememberedWinners"]:
        return None
    if winners <= k["pendingByName"]:
        return 0
    return readable_s + (k["largeFilterDelayS"] if winners > k["largeFilterWinners"] else 0)


def _require_possible(gate: Mapping[str, Any], k: Constants) -> None:
    if gate["headroomPercent"] < 0:
        raise ImpossiblePlanError(
            f"One Redis shard decides every claim of an event, and {gate['claimsPeak']:,} claims in the worst second"
            f" need {gate['enginePercent']:.0f} % of its engine: plan fewer seats or fewer attempts a second."
        )
    if gate["queueMs"] > k["gateTimeoutMs"]:
        raise ImpossiblePlanError(
            f"A claim waits {gate['queueMs']:,.0f} ms when every environment asks the gate at once, and is given up"
            f" after {k['gateTimeoutMs']:.0f} ms: plan fewer attempts a second."
        )


def _rows_per_partition(k: Constants) -> float:
    """Return what one PersistFunction records a second, with its share of a processor."""
    return k["persistRowsPerS"] * min(1.0, k["persistMemoryMb"] / k["memoryMbOfOneProcessor"])


def _stream(at_once: int, environments: int, k: Constants) -> dict[str, Any]:
    rows = _rows_per_partition(k)
    partitions = max(int(k["templatePartitions"]), ceil(at_once * k["spare"] / rows))
    by_bytes = ceil(at_once * k["recordBytes"] / (k["pollerMbPerS"] * 1e6))
    pollers = max(ceil(partitions / k["pollerInvocations"]), by_bytes)
    return {
        "recordsPerSecond": at_once,
        "rowsPerPartition": rows,
        "partitions": partitions,
        "pollers": pollers,
        "kafkaConnections": environments + pollers + 2,
        "connectS": environments / k["mskNewConnectionsPerS"],
    }


def _ledger(winners: int, at_once: int, k: Constants) -> dict[str, Any]:
    rows = k["insertRowsPerS"] * k["acuProcessors"]
    units = max(k["templateAcuMin"], ceil(at_once * k["spare"] / rows * 2) / 2)
    return {
        "rowsPerAcu": rows,
        "acuMin": units,
        "acuMax": max(k["templateAcuMax"], units),
        "lastRowS": k["batchWindowS"] + winners / (units * rows),
    }


def _quotas(made: Mapping[str, Any], k: Constants) -> list[dict[str, Any]]:
    """Compare what the rush needs with what an account has before anything was asked for."""
    default, new = int(k["lambdaConcurrencyDefault"]), int(k["lambdaConcurrencyNew"])
    rate, burst, msk = (int(k[name]) for name in ("apiRateDefault", "apiBurstDefault", "mskConnectionsPerBroker"))
    rows = (
        ("Lambda concurrency", made["warmUp"]["accountConcurrency"], default, new),
        ("API requests/s", made["api"]["throttleRate"], rate, rate),
        ("API burst", made["api"]["throttleBurst"], burst, burst),
        ("MSK connections", made["stream"]["kafkaConnections"], msk, msk),
    )
    return [
        {
            "quota": name,
            "needed": needed,
            "default": usual,
            "enough": needed <= usual,
            "newAccount": first,
            "enoughIfNew": needed <= first,
        }
        for name, needed, usual, first in rows
    ]


def _schedule(made: Mapping[str, Any]) -> list[dict[str, str]]:
    api, stream = made["api"], made["stream"]
    throttles = f"ThrottleRate={api['throttleRate']} ThrottleBurst={api['throttleBurst']}"
    raised = f"PollersMin={stream['pollers']} MysqlMinCapacity={made['ledger']['acuMin']:g}"
    warm = f"WarmConcurrency={made['environments']['environments']}"
    return [
        {"when": "a week before", "what": "ask for the quotas that are not enough"},
        {"when": "a day before", "what": f"KafkaPartitions={stream['partitions']}"},
        {"when": "a day before", "what": throttles},
        {"when": "on the day", "what": raised},
        {"when": f"{made['warmUp']['warmMinutesBefore']} minutes before", "what": f"WarmUpAt: {warm}"},
        {"when": f"{made['rush']['minutes']} minutes after", "what": "CoolDownAt"},
        {"when": "a day after", "what": "PollersMin and MysqlMinCapacity as they were"},
    ]


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
