"""Describes the steps of a counterexample in words, from what each step changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from spec.tlc_output import Step
from spec.values import State

_SOURCES: Final = {
    "stream": "the offsets and the stream",
    "parked": "what is parked",
    "dead": "the dead letters",
    "rows": "the rows",
    "all": "the stream, what is parked, the dead letters and the rows",
}


def narrate(steps: Sequence[Step]) -> Iterator[str]:
    """Describe each step after the initial state in one sentence."""
    for before, after in pairwise(steps):
        describe = _DESCRIPTIONS.get(after.action)
        if describe:
            yield describe(before.state, after.state)
        else:
            yield f"{after.action}: {_difference(before.state, after.state)}."


def _difference(before: State, after: State) -> str:
    return ", ".join(f"{name} = {value}" for name, value in after.items() if before[name] != value)


def _changed(name: str, before: State, after: State) -> str:
    """Return the first key under which a function's value has changed."""
    return next(str(key) for key, value in after[name].items() if before[name][key] != value)


def _added(name: str, before: State, after: State) -> list[Any]:
    return [item for item in after[name] if item not in before[name]]


def _entry(record: Mapping[str, Any]) -> str:
    return f"seat {record['seat']} of epoch {record['epoch']}"


def _told(before: State, after: State) -> str:
    told = _added("promised", before, after)
    return f"is told {told[0]['status']} for seat {told[0]['seat']}" if told else "is told nothing new"


def _record(decision: Mapping[str, Any], state: State) -> str:
    record = state["log"][decision["user"]][decision["index"] - 1]
    return f"{decision['user']}'s record of {_entry(record)}"


def _claim(before: State, after: State) -> str:
    user = _changed("join", before, after)
    join = after["join"][user]
    if join["step"] != "sent":
        return f"{user} asks again and {_told(before, after)}."
    if before["gate"] == after["gate"]:
        return f"{user} asks again; join publishes {_entry(join)} again."
    return f"{user} claims and gets {_entry(join)}; join sends its record."


def _land(before: State, after: State) -> str:
    user = _changed("log", before, after)
    record = after["log"][user][-1]
    return f"{user}'s record of {_entry(record)} lands in the stream{', late' if record['late'] else ''}."


def _claim_again(before: State, after: State) -> str:
    user = _changed("join", before, after)
    return f"Join claims again for {user}, who {_told(before, after)}."


def _deadline(before: State, after: State) -> str:
    users = {record["user"] for record in before["wire"] if not record["late"]} - {
        record["user"] for record in after["wire"] if not record["late"]
    }
    users |= {user for user, join in after["join"].items() if before["join"][user] != join}
    users |= {resend["user"] for name, resend in before["resend"].items() if after["resend"][name] != resend}
    return f"The publish deadline passes for what is on its way of {', '.join(sorted(users))}."


def _take(before: State, after: State) -> str:
    reconciler = _changed("resend", before, after)
    entry = after["resend"][reconciler]
    return f"Reconciler {reconciler} takes {entry['user']}'s pending entry, {_entry(entry)}, to send it again."


def _read_ledger(before: State, after: State) -> str:
    reconciler = _changed("resend", before, after)
    is_dropped = after["resend"][reconciler]["step"] == "none"
    found = "the entry, and does not send it" if is_dropped else "nothing that keeps it from sending"
    return f"Reconciler {reconciler} reads the ledger and finds {found}."


def _resend(before: State, after: State) -> str:
    reconciler = _changed("resend", before, after)
    entry = before["resend"][reconciler]
    return f"Reconciler {reconciler} sends {entry['user']}'s {_entry(entry)}{' late' if entry['late'] else ''}."


def _decide(reader: str) -> Callable[[State, State], str]:
    outcomes = {"row": "it is to be a row", "dead": "it is to be a dead letter", "park": "it is to be parked"}

    def describe(before: State, after: State) -> str:
        decision = _added("decisions", before, after)[0]
        outcome, epoch = outcomes[decision["decision"]], decision["epoch"]
        if epoch:  # the gate's, which was asked
            return f"{reader} reads {_record(decision, after)} and asks the gate: {outcome} under epoch {epoch}."
        confirmed = " and is confirmed at once" if before["gate"]["pending"] != after["gate"]["pending"] else ""
        return f"{reader} reads {_record(decision, after)}: {outcome}{confirmed}."

    return describe


def _commit(before: State, after: State) -> str:
    decision = next(item for item in before["decisions"] if item not in after["decisions"])
    outcome = "nothing new"
    if _added("rows", before, after):
        outcome = "a row"
    elif _added("dead", before, after):
        outcome = "a dead letter"
    elif _added("parked", before, after):
        outcome = "a parked record"
    elif before["parked"] != after["parked"]:
        outcome = "no longer parked"
    moved = "" if decision["by"] != "persist" or before["committed"] != after["committed"] else "; the offset is not"
    return f"The transaction for {_record(decision, after)} is committed: {outcome}{moved}."


def _forget(before: State, after: State) -> str:
    decision = next(item for item in before["decisions"] if item not in after["decisions"])
    return f"What was decided for {_record(decision, before)} is not committed."


def _confirm(before: State, after: State) -> str:
    user = next(user for user in before["gate"]["pending"] if user not in after["gate"]["pending"])
    return f"{user} is confirmed at the gate."


def _lose(_: State, after: State) -> str:
    goes_on = " The gate goes on." if after["gate"]["state"] == "open" else ""
    return f"Redis loses memory; it holds {_entries(after)} now.{goes_on}"


def _entries(state: State) -> str:
    held = [f"{user}'s {_entry(entry)}" for user, entry in state["gate"]["entries"].items() if entry["seat"]]
    return ", ".join(held) or "no entry"


def _rebuild(sentence: str) -> Callable[[State, State], str]:
    def describe(before: State, after: State) -> str:
        name = _changed("rebuild", before, after)
        epoch, step = after["rebuild"][name]["epoch"], after["rebuild"][name]["step"]
        return sentence.format(name=name, epoch=epoch, source=_SOURCES.get(step, step))

    return describe


def _put(before: State, after: State) -> str:
    name = _changed("rebuild", before, after)
    if after["rebuild"][name]["step"] == "none":
        return f"Reconciler {name} finds that the gate is no longer its to rebuild, and stops."
    return f"Reconciler {name} puts the entries in place: {_entries(after)}."


def _reopen(before: State, after: State) -> str:
    name = _changed("rebuild", before, after)
    gate = after["gate"]
    if gate["state"] != "open" or before["gate"]["state"] == "open":
        return f"Reconciler {name} finds that the gate is no longer its to rebuild, and stops."
    free = ", ".join(map(str, gate["free"])) or "none"
    return f"Reconciler {name} reopens the gate under epoch {gate['epoch']}: issued {gate['issued']}, free {free}."


_DESCRIPTIONS: Final[Mapping[str, Callable[[State, State], str]]] = {
    "Claim": _claim,
    "Land": _land,
    "Answer": lambda before, after: f"{_changed('join', before, after)} {_told(before, after)}.",
    "ClaimAgain": _claim_again,
    "Replay": lambda before, after: f"{_changed('join', before, after)} is about to ask once more.",
    "DeadlinePasses": _deadline,
    "Take": _take,
    "ReadLedger": _read_ledger,
    "Resend": _resend,
    "Persist": _decide("Persist"),
    "DecideParked": _decide("Reconcile"),
    "Commit": _commit,
    "Forget": _forget,
    "Confirm": _confirm,
    "LoseMemory": _lose,
    "Freeze": _rebuild("Reconciler {name} begins a rebuild and freezes the gate."),
    "RaiseEpoch": _rebuild("Reconciler {name} raises the epoch of the ledger to {epoch}."),
    "WaitForDeadline": _rebuild("Reconciler {name} begins to read."),
    "Read": _rebuild("Reconciler {name} reads {source}."),
    "Put": _put,
    "Reopen": _reopen,
    "Interrupt": _rebuild("Reconciler {name} stops half-way."),
}
