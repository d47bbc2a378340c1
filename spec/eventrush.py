"""What TLC checks of the protocol: bounds within which every guarantee holds, and faults that must break one."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from spec.checks import Check, Constants, Model

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
    PROTOCOL.bound("two losses, of which the second returns old memory", {"MaxLosses": 2, "OldMemory": True, **_SMALL}),
    PROTOCOL.bound("one loss, an interrupted rebuild", {"MaxInterruptions": 1, **_SMALL}),
    PROTOCOL.bound("one loss, a replay", {"MaxReplays": 1, "MaxDecisions": 1}),
    PROTOCOL.bound("one loss, two decisions at the same time"),
    PROTOCOL.bound(
        "the order of reading protects rows by itself", faults=("rows of any epoch",), guarantees=("NoLostWinner",)
    ),
    PROTOCOL.bound(
        "whatever Redis does, the keys of the ledger hold",
        _UNFENCED,
        faults=("no fence",),
        guarantees=("NoOversell", "OneEntry"),
    ),
)

# Each within bounds that its shortest counterexample fits in.
MUTANTS: Final = (
    PROTOCOL.mutant("reclaim keeps the old epoch", "NoLostWinner", MaxLosses=2, MaxRequests=1, **_ONE_REBUILDER),
    PROTOCOL.mutant("no wait", "NoLostWinner"),
    PROTOCOL.mutant("no fence", "NoLostWinner"),
    PROTOCOL.mutant(
        "no mark", "StableVerdict", MaxInterruptions=1, MaxRequests=1, **{**_NOTHING_DECIDED, "Reconcilers": "{r1, r2}"}
    ),
    PROTOCOL.mutant("no reclaim", "NoLostWinner"),
    Check(PROTOCOL, "no fence, for the order", faults=("no fence",), breaks="FirstCome"),
    PROTOCOL.mutant("the epoch is not raised", "OneOwner", MaxLosses=2, **_NOTHING_DECIDED),
    Check(
        PROTOCOL,
        "the epoch is not raised, when the gate reopens",
        faults=("the epoch is not raised",),
        breaks="NewEpoch",
    ),
    PROTOCOL.mutant(
        "carried with the old epoch",
        "NoLostWinner",
        MaxLosses=2,
        OldMemory=True,
        MaxRequests=1,
        **_NOTHING_DECIDED,
    ),
    PROTOCOL.mutant("oldest epoch first", "NoLostWinner", MaxLosses=2, **_NOTHING_DECIDED),
    PROTOCOL.mutant("a dead letter is carried", "NoLostWinner", MaxLosses=2, **_ONE_REBUILDER),
    PROTOCOL.mutant("dead letters of any epoch", "NoLostWinner", MaxLosses=2, **{**_ONE_REBUILDER, "MaxDecisions": 2}),
    PROTOCOL.mutant("parked before offsets", "NoLostWinner"),
    # A row is committed only under the epoch it was decided in, so that none appears during a rebuild: a defence of
    # its own, which is taken away to show what the order of reading defends against.
    PROTOCOL.mutant("rows before offsets", "NoLostWinner", "rows of any epoch"),
    PROTOCOL.mutant("parked after rows", "NoLostWinner", "rows of any epoch"),
    PROTOCOL.mutant("confirm before commit", "Conservation"),
    PROTOCOL.mutant("a replay sends what waits", "SentOnce", MaxReplays=1, MaxLosses=0),
    PROTOCOL.mutant("a slow reconciler sends", "SentOnce", MaxReplays=1, MaxLosses=0),
    PROTOCOL.mutant("parked is sent again", "SentOnce"),
    PROTOCOL.mutant("last send is not compared", "SentOnce", MaxResends=2, MaxLosses=0),
    # With the fence nothing collides in the ledger: the keys are the defence against a gate that is wrong.
    PROTOCOL.mutant("no key of the seat", "NoOversell", "no fence", **_UNFENCED),
    PROTOCOL.mutant("no key of the user", "OneEntry", "no fence", **_UNFENCED),
)

LARGE: Final = (
    PROTOCOL.bound(
        "3 users, 2 seats, 2 losses", {"Users": "{u1, u2, u3}", "Capacity": 2, "MaxLosses": 2, "MaxReplays": 1}
    ),
)
