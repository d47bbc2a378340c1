"""The tables of docs/performance.md, written from the figures between `<!-- bench:NAME -->` and `<!-- /bench -->`."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from cli.cost import PRICES

Figures = dict[str, Any]

SUBJECTS: Final = {
    "raw": "granian alone, constant bytes",
    "idle": "an idle handler",
    "soldOut": "sold out, through the gate",
    "remembered": "sold out, from memory",
    "everyoneWins": "everyone wins",
}
DESIGNS: Final = {"eventrush": "this project", "original": "two Redis calls", "mysqlAlone": "MySQL alone"}
SITUATIONS: Final = {"everyoneWins": "everyone wins", "soldOut": "sold out"}
KINDS: Final = {
    "loser": "a loser through the gate",
    "remembered": "a loser from memory",
    "winnerWithoutKafka": "a winner without Kafka",
    "winner": "a winner",
}
# What each ratio may be at most, as the tests have it; ratios without a bound are held by `make bench-quick` only.
BOUNDS: Final = {
    "loserToPing": ("a loser through the gate, in process, to a PING of redis-py", 2.5),
    "rememberedToPing": ("a loser from memory, in process, to a PING", 1.0),
    "winnerWithoutKafkaToPing": ("a winner without Kafka, in process, to a PING", 3.0),
    "idleToRaw": ("an idle handler over HTTP, to granian alone", 2.0),
    "soldOutToRaw": ("sold out, through the gate, to granian alone", None),
    "rememberedToRaw": ("sold out, from memory, to granian alone", None),
    "everyoneWinsToRaw": ("everyone wins, to granian alone", None),
}


def render(page: str, figures: Figures) -> str:
    """Return the page with the text of every marker written again from the figures."""

    def section(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- bench:{name} -->\n{SECTIONS[name](figures)}\n<!-- /bench -->"

    return re.sub(r"<!-- bench:(?P<name>\w+) -->\n.*?<!-- /bench -->", section, page, flags=re.DOTALL)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; every column but the first is of numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _number(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _conditions(figures: Figures) -> str:
    day = figures["measuredAt"][:10]
    return (
        f"Measured on {day} with the {figures['stack']} stack on {figures['cores']} cores, which the load, the API's"
        f" {figures['workers']} workers, Kafka, Redis and MySQL or MariaDB share: {figures['rounds']} rounds of"
        f" {figures['secondsEach']} s each, medians."
    )


def _ratios(figures: Figures) -> str:
    rows = [
        (text, f"≤ {bound:g}" if bound else "", f"**{figures['ratios'][name]:.2f}**")
        for name, (text, bound) in BOUNDS.items()
    ]
    return _table(("processor time of", "bound", "measured"), rows)


def _throughput(figures: Figures) -> str:
    rows = [
        (
            text,
            *(_number(one[name]) for name in ("requestsPerS", "p50Ms", "p99Ms", "serviceUs", "redisUs")),
            f"{one['gateCalls']:.2g}",
        )
        for one, text in ((figures["throughput"][name], text) for name, text in SUBJECTS.items())
    ]
    head = ("100 clients", "requests/s", "p50 ms", "p99 ms", "µs of the API", "µs of Redis", "calls of the gate")
    return _table(head, rows)


def _open_loop(figures: Figures) -> str:
    rows = [
        (SUBJECTS[name], f"{percent} %", *(_number(one[figure]) for figure in ("requestsPerS", "p50Ms", "p99Ms")))
        for name in ("soldOut", "everyoneWins")
        for percent in (50, 80)
        for one in [figures["openLoop"][f"{name}{percent}"]]
    ]
    return _table(("", "of the maximum", "requests/s", "p50 ms", "p99 ms"), rows)


def _designs(figures: Figures) -> str:
    rows = [
        (
            f"{SITUATIONS[situation]}, {clients} client{'s' if clients != '1' else ''}",
            *(f"{_number(found[name]['requestsPerS'])} ({_number(found[name]['p99Ms'])})" for name in DESIGNS),
        )
        for situation in SITUATIONS
        for clients, found in figures["designs"][situation].items()
    ]
    table = _table(("requests/s (p99 ms)", *DESIGNS.values()), rows)
    return "\n\n".join((table, *(_from_where(figures, situation) for situation in SITUATIONS)))


def _from_where(figures: Figures, situation: str) -> str:
    """Say from how many clients on this project serves more requests a second than MySQL alone."""
    found = figures["designs"][situation]
    ahead = {
        clients: one["eventrush"]["requestsPerS"] > one["mysqlAlone"]["requestsPerS"] for clients, one in found.items()
    }
    first = next(
        (clients for clients in found if all(ahead[more] for more in found if int(more) >= int(clients))), None
    )
    name, last = SITUATIONS[situation].capitalize(), list(found)[-1]
    if first is None:
        return f"{name}: MySQL alone serves more requests a second, up to the {last} clients measured."
    if first == next(iter(found)):
        return f"{name}: MySQL alone serves fewer requests a second at every number of clients measured."
    return f"{name}: MySQL alone serves more requests a second below {first} clients, and fewer from there on."


def _claim(figures: Figures) -> str:
    rows = [
        (
            f"{text}, {entries:,} entries, {connections} connection{'s' if connections > 1 else ''}",
            *(_number(one[figure]) for figure in ("claimsPerS", "p50Ms", "p99Ms", "redisUs")),
        )
        for kind, text in (("winner", "a winner"), ("loser", "a loser"))
        for entries in (1_000, 1_000_000)
        for connections in (1, 64)
        for one in [figures["claim"][f"{kind}{entries}x{connections}"]]
    ]
    return _table(("redis-benchmark", "claims/s", "p50 ms", "p99 ms", "µs of Redis"), rows)


def _ledger(figures: Figures) -> str:
    persist, steady = figures["persist"], figures["steady"]
    rushes = [
        (
            f"{int(winners):,} winners over HTTP: from the last verdict to the last row",
            "< 3 s",
            f"{one['secondsToLastRow']:.2f} s",
        )
        for winners, one in figures["rushes"].items()
    ]
    speeds = [
        (
            f"{int(winners):,} winners: requests/s; rows and replies agree",
            "",
            f"{_number(one['requestsPerS'])}; {'yes' if one['consistent'] else 'no'}",
        )
        for winners, one in figures["rushes"].items()
    ]
    rows = [
        *rushes,
        *speeds,
        (
            f"{_number(steady['winnersPerS'])} winners/s, steadily: verdict to row, p50 and p99",
            f"p99 ≤ {steady['windowMs'] + 500:,} ms",
            f"{steady['p50Ms']:,} and {steady['p99Ms']:,} ms",
        ),
        (f"persist, batches of {persist['batchSize']:,}: rows/s", "", f"{persist['persistRowsPerS']:,.0f}"),
        ("the driver's multi-row insert of the same rows: rows/s", "", f"{persist['multiRowRowsPerS']:,.0f}"),
        ("one insert a commit: rows/s", "", f"{persist['singleRowsPerS']:,.0f}"),
        ("persist, relative to the multi-row insert", "", f"{persist['toMultiRow']:.2f}"),
        ("persist, relative to one insert a commit", "≥ 10", f"{persist['toSingle']:.1f}"),
    ]
    return _table(("", "bound", "measured"), rows)


def _memory(figures: Figures) -> str:
    memory, acks = figures["gateMemory"], figures["replicaAcks"]
    rows = [
        ("a confirmed winner at the gate", "< 200 bytes", f"{memory['bytesPerConfirmedWinner']:.0f} bytes"),
        ("the same while pending", "", f"{memory['bytesPerPendingWinner']:.0f} bytes"),
        ("100,000 losers at the gate", "0", f"{memory['bytesOf100000Losers']}"),
        ("a worker of the API after all that", "< 120 MiB", f"{figures['workerRssMib']:.0f} MiB"),
        (
            "time of a winning claim that one replica must hold (`GATE_REPLICA_ACKS=1`), relative to none",
            "",
            f"{acks['ratio']:.2f} ({acks['withAckUs']} to {acks['withoutUs']} µs)",
        ),
    ]
    return _table(("", "bound", "measured"), rows)


def _invocation(figures: Figures) -> str:
    found = figures["invocation"]
    kinds = {**KINDS, "ping": "a PING of redis-py, for comparison"}
    rows = [(text, *(_number(found[kind][name]) for name in ("processorUs", "wallUs"))) for kind, text in kinds.items()]
    return _table(("one invocation in process", "µs of processor time", "µs"), rows)


def _cost(figures: Figures) -> str:
    cost, memory_mib = figures["cost"], figures["invocation"]["memoryMib"]
    rows = [
        (
            KINDS[kind],
            cost[kind]["billedMs"],
            *(f"${cost[kind][name]:.2f}" for name in ("httpApi", "requests", "gbSeconds", "total")),
        )
        for kind in ("loser", "remembered", "winner")
    ]
    start, memory_mb = cost["init"], cost["memoryMb"]
    table = _table(("a million of", "billed ms each", "HTTP API", "Lambda requests", "Lambda GB-s", "total"), rows)
    init = (
        f"An environment's init takes {start['wallMs']:.0f} ms here, {start['processorMs']:.0f} of them processor time:"
        f" {start['billedMs']:,} ms billed, ${start['thousand']:.2f} for a thousand environments. It has"
        f" {start['memoryMib']:.0f} MiB then, and {memory_mib:.0f} MiB after thousands of invocations, of {memory_mb}."
        f" Prices: AWS's list prices of {cost['pricesAsOf']} for {PRICES['region']}, `cli/prices.json`,"
        " not verified against a bill."
    )
    return f"{table}\n\n{init}"


SECTIONS: Final[dict[str, Callable[[Figures], str]]] = {
    "conditions": _conditions,
    "ratios": _ratios,
    "throughput": _throughput,
    "openLoop": _open_loop,
    "designs": _designs,
    "claim": _claim,
    "ledger": _ledger,
    "memory": _memory,
    "invocation": _invocation,
    "cost": _cost,
}
