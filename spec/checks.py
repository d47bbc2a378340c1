"""What TLC checks: the bounds within which every guarantee holds, and the faults that must break one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

Constants = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Model:
    """A TLA+ module and what a configuration of it has in common with every other."""

    path: Path
    constants: Constants
    invariants: Sequence[str]
    properties: Sequence[str] = ()
    symmetry: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One run of TLC: these guarantees, by default all, hold within these bounds in spite of these faults.

    With `breaks` the faults are a mutant: they must violate that guarantee, the only one that is checked.
    """

    name: str
    constants: Constants = field(default_factory=dict)
    faults: Sequence[str] = ()
    breaks: str | None = None
    guarantees: Sequence[str] = ()

    @property
    def is_mutant(self) -> bool:
        """Whether TLC must find a counterexample."""
        return self.breaks is not None


def mutant(fault: str, breaks: str, *others: str, **constants: str | int | bool) -> Check:
    """Return the check of a fault; where the protocol has two defences, the other fault takes the other one away."""
    return Check(fault, constants, (fault, *others), breaks)


def configuration(model: Model, check: Check) -> str:
    """Write the configuration file of a check."""
    faults = ", ".join(f'"{fault}"' for fault in check.faults)
    constants = {**model.constants, **check.constants, "Faults": f"{{{faults}}}"}
    lines = ["SPECIFICATION Spec", "CHECK_DEADLOCK FALSE", "CONSTANTS"]
    lines += [f"  {name} = {_literal(value)}" for name, value in constants.items()]
    for keyword, names in (("INVARIANTS", model.invariants), ("PROPERTIES", model.properties)):
        wanted = (check.breaks,) if check.breaks else check.guarantees or names
        checked = [name for name in names if name in wanted]
        if checked:
            lines.append(f"{keyword} {' '.join(checked)}")
    if model.symmetry:
        lines.append(f"SYMMETRY {model.symmetry}")
    return "\n".join(lines) + "\n"


def _literal(value: str | int | bool) -> str:  # noqa: FBT001 a value, not a switch
    return str(value).upper() if isinstance(value, bool) else str(value)


PROTOCOL: Final = Model(
    path=Path(__file__).with_name("Eventrush.tla"),
    constants=MappingProxyType(
        {
            "Users": "{u1, u2}",
            "Reconcilers": "{r1, r2}",
            "Capacity": 1,
            "MaxLosses": 1,
            "MaxInterruptions": 0,
            "MaxRequests": 0,
            "MaxReplays": 0,
            "MaxResends": 1,
            "MaxRecords": 2,
            "MaxDecisions": 2,
            "StepByStep": True,
            "OldMemory": False,
        }
    ),
    invariants=(
        "NoOversell",
        "OneEntry",
        "StableVerdict",
        "NoLostWinner",
        "Conservation",
        "OneOwner",
    ),
    properties=("NewEpoch", "FirstCome", "SentOnce"),
    symmetry="Symmetry",
)

# What some bounds leave out, to afford more of something else.
_SMALL: Final[Constants] = {"MaxResends": 0, "MaxDecisions": 1}
_UNFENCED: Final[Constants] = {"Capacity": 2, "MaxDecisions": 1}
_ONE_REBUILDER: Final[Constants] = {**_SMALL, "MaxRecords": 1, "Reconcilers": "{r1}", "StepByStep": False}
_NOTHING_DECIDED: Final[Constants] = {**_ONE_REBUILDER, "MaxDecisions": 0}

MAIN: Final = (
    Check("two losses, of which the second returns old memory", {"MaxLosses": 2, "OldMemory": True, **_SMALL}),
    Check("one loss, an interrupted rebuild", {"MaxInterruptions": 1, **_SMALL}),
    Check("one loss, a replay", {"MaxReplays": 1, "MaxDecisions": 1}),
    Check("one loss, two decisions at the same time"),
    Check("the order of reading protects rows by itself", faults=("rows of any epoch",), guarantees=("NoLostWinner",)),
    Check(
        "whatever Redis does, the keys of the ledger hold",
        _UNFENCED,
        faults=("no fence",),
        guarantees=("NoOversell", "OneEntry"),
    ),
)

# Each within bounds that its shortest counterexample fits in.
MUTANTS: Final = (
    mutant("reclaim keeps the old epoch", "NoLostWinner", MaxLosses=2, MaxRequests=1, **_ONE_REBUILDER),
    mutant("no wait", "NoLostWinner"),
    mutant("no fence", "NoLostWinner"),
    mutant(
        "no mark", "StableVerdict", MaxInterruptions=1, MaxRequests=1, **{**_NOTHING_DECIDED, "Reconcilers": "{r1, r2}"}
    ),
    mutant("no reclaim", "NoLostWinner"),
    Check("no fence, for the order", faults=("no fence",), breaks="FirstCome"),
    mutant("the epoch is not raised", "OneOwner", MaxLosses=2, **_NOTHING_DECIDED),
    Check("the epoch is not raised, when the gate reopens", faults=("the epoch is not raised",), breaks="NewEpoch"),
    mutant(
        "carried with the old epoch",
        "NoLostWinner",
        MaxLosses=2,
        OldMemory=True,
        MaxRequests=1,
        **_NOTHING_DECIDED,
    ),
    mutant("oldest epoch first", "NoLostWinner", MaxLosses=2, **_NOTHING_DECIDED),
    mutant("a dead letter is carried", "NoLostWinner", MaxLosses=2, **_ONE_REBUILDER),
    mutant("dead letters of any epoch", "NoLostWinner", MaxLosses=2, **{**_ONE_REBUILDER, "MaxDecisions": 2}),
    mutant("parked before offsets", "NoLostWinner"),
    # A row is committed only under the epoch it was decided in, so that none appears during a rebuild: a defence of
    # its own, which is taken away to show what the order of reading defends against.
    mutant("rows before offsets", "NoLostWinner", "rows of any epoch"),
    mutant("parked after rows", "NoLostWinner", "rows of any epoch"),
    mutant("confirm before commit", "Conservation"),
    mutant("a replay sends what waits", "SentOnce", MaxReplays=1, MaxLosses=0),
    mutant("a slow reconciler sends", "SentOnce", MaxReplays=1, MaxLosses=0),
    mutant("parked is sent again", "SentOnce"),
    mutant("last send is not compared", "SentOnce", MaxResends=2, MaxLosses=0),
    # With the fence nothing collides in the ledger: the keys are the defence against a gate that is wrong.
    mutant("no key of the seat", "NoOversell", "no fence", **_UNFENCED),
    mutant("no key of the user", "OneEntry", "no fence", **_UNFENCED),
)

LARGE: Final = (
    Check("3 users, 2 seats, 2 losses", {"Users": "{u1, u2, u3}", "Capacity": 2, "MaxLosses": 2, "MaxReplays": 1}),
)
