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
    """One run of TLC: with `breaks`, these faults must violate that guarantee; without, every guarantee must hold."""

    name: str
    constants: Constants = field(default_factory=dict)
    faults: Sequence[str] = ()
    breaks: str | None = None

    @property
    def is_mutant(self) -> bool:
        """Whether TLC must find a counterexample."""
        return self.breaks is not None


def mutant(fault: str, breaks: str, *others: str, **constants: str | int | bool) -> Check:
    """Return the check of a fault, which needs other faults where the protocol has two defences."""
    return Check(fault, constants, (fault, *others), breaks)


def configuration(model: Model, check: Check) -> str:
    """Write the configuration file of a check; a mutant is checked for its own guarantee only."""
    faults = ", ".join(f'"{fault}"' for fault in check.faults)
    constants = {**model.constants, **check.constants, "Faults": f"{{{faults}}}"}
    lines = ["SPECIFICATION Spec", "CHECK_DEADLOCK FALSE", "CONSTANTS"]
    lines += [f"  {name} = {_literal(value)}" for name, value in constants.items()]
    for keyword, names in (("INVARIANTS", model.invariants), ("PROPERTIES", model.properties)):
        checked = [name for name in names if check.breaks in (None, name)]
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
            "MaxReplays": 0,
            "MaxResends": 1,
            "MaxRecords": 2,
            "MaxDecisions": 2,
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
        "NeverStuck",
    ),
    properties=("NewEpoch", "FirstCome", "SentOnce"),
    symmetry="Symmetry",
)

MAIN: Final = (Check("one loss"),)
MUTANTS: Final = (mutant("no fence", "NoLostWinner"),)
LARGE: Final = (Check("large"),)
