"""What TLC checks of remembered verdicts: bounds within which every guarantee holds, and faults that must break one."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from spec.checks import Constants, Model

LEASE: Final = Model(
    path=Path(__file__).with_name("Lease.tla"),
    constants=MappingProxyType(
        {
            "Users": "{u1, u2}",
            "Capacity": 1,
            "MaxCapacity": 2,
            "LeaseTime": 1,
            "Drift": 1,
            "Margin": 1,
            "Wait": 2,
            "Horizon": 2,
            "MaxChanges": 1,
            "MaxLosses": 0,
            "MaxEvictions": 0,
        }
    ),
    invariants=("WinnerNotRefused", "SeatNotRefused", "SameVerdict", "OpensOnTime", "NotOvertaken"),
    symmetry="Symmetry",
)

MAIN: Final = (
    LEASE.bound("two changes, a loss, an eviction", {"MaxChanges": 2, "MaxLosses": 1, "MaxEvictions": 1}),
    LEASE.bound(
        "three users, two seats",
        {"Users": "{u1, u2, u3}", "Capacity": 2, "MaxCapacity": 3, "MaxLosses": 1, "MaxEvictions": 1},
    ),
    LEASE.bound("two losses, an eviction", {"MaxLosses": 2, "MaxEvictions": 1}),
    LEASE.bound("finer ticks", {"LeaseTime": 2, "Wait": 3, "Horizon": 3, "MaxChanges": 2, "MaxLosses": 1}),
)

_LATE: Final[Constants] = {"MaxCapacity": 1, "MaxLosses": 1, "MaxChanges": 0}  # a record lands after a rebuild
_EVICTED: Final[Constants] = {"Users": "{u1, u2, u3}", "Capacity": 2, "MaxEvictions": 1, "MaxChanges": 0}

# Each within bounds that its shortest counterexample fits in.
MUTANTS: Final = (
    LEASE.mutant("counted from the receipt", "SeatNotRefused"),
    LEASE.mutant("the clock of a frozen environment stops", "SeatNotRefused"),
    LEASE.mutant("only NOT_OPEN ends with the next time", "SameVerdict"),
    LEASE.mutant("no margin", "OpensOnTime"),
    LEASE.mutant("seats are added at once", "SeatNotRefused"),
    LEASE.mutant("closing at once", "SameVerdict"),
    LEASE.mutant("reopening at once", "SeatNotRefused", MaxChanges=2),
    # Entering PAUSED and leaving it are two defences, as a filter that was evicted has three: it is told from an empty
    # one, it is not made again, and its count must agree.
    LEASE.mutant("leaving PAUSED at once", "SeatNotRefused", "pausing at once", MaxChanges=3),
    LEASE.mutant("times change at once", "SameVerdict"),
    LEASE.mutant("an opening within the wait", "OpensOnTime"),
    LEASE.mutant("the wait is as short as a lease", "SeatNotRefused"),
    LEASE.mutant("the wait is written apart", "SeatNotRefused"),
    LEASE.mutant("a change ends the wait", "SeatNotRefused", MaxCapacity=3, MaxChanges=2),
    LEASE.mutant("judged from when it is written", "NotOvertaken"),
    LEASE.mutant("the epoch is not compared", "WinnerNotRefused", **_LATE),
    LEASE.mutant("the number is not compared", "WinnerNotRefused"),
    LEASE.mutant("entries shrink", "WinnerNotRefused"),
    LEASE.mutant("an epoch is used again", "WinnerNotRefused", **_LATE),
    LEASE.mutant("winners are read from a frozen gate", "WinnerNotRefused", **_LATE),
    LEASE.mutant("winners are read in two steps", "WinnerNotRefused", MaxLosses=1, Capacity=2),
    LEASE.mutant("bits after the count", "WinnerNotRefused"),
    LEASE.mutant("a missing filter is empty", "WinnerNotRefused", "a view need not be complete", MaxEvictions=1),
    LEASE.mutant("a view need not be complete", "WinnerNotRefused", "confirm creates the filter", **_EVICTED),
    LEASE.mutant("the count is kept apart", "WinnerNotRefused", "confirm creates the filter", **_EVICTED),
    LEASE.mutant("a reclaimed entry counts at once", "WinnerNotRefused", MaxLosses=1),
    LEASE.mutant("a rebuild reopens at once", "SeatNotRefused", **_LATE),
    LEASE.mutant("the run id is not checked", "SeatNotRefused", **_LATE),
    LEASE.mutant("an old server answers", "SeatNotRefused", **_LATE),
)

LARGE: Final = (
    LEASE.bound(
        "3 users, 2 changes, 2 losses",
        {"Users": "{u1, u2, u3}", "MaxCapacity": 3, "MaxChanges": 2, "MaxLosses": 2, "MaxEvictions": 1},
    ),
)
