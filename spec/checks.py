"""A model, a check of it within a bound or of a fault, and the configuration that TLC reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Constants = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Model:
    """A TLA+ module and what a configuration of it has in common with every other."""

    path: Path
    constants: Constants
    invariants: Sequence[str]
    properties: Sequence[str] = ()
    symmetry: str | None = None

    @property
    def name(self) -> str:
        """The name of the module."""
        return self.path.stem

    def bound(
        self,
        name: str,
        constants: Constants | None = None,
        *,
        faults: Sequence[str] = (),
        guarantees: Sequence[str] = (),
    ) -> "Check":
        """Return the check that these guarantees, by default all, hold within a bound in spite of these faults."""
        return Check(self, name, constants or {}, faults, guarantees=guarantees)

    def mutant(self, fault: str, breaks: str, *others: str, **constants: str | int | bool) -> "Check":
        """Return the check of a fault; where there are two defences, the other fault takes the other one away."""
        return Check(self, fault, constants, (fault, *others), breaks)


@dataclass(frozen=True, slots=True)
class Check:
    """One run of TLC: these guarantees, by default all, hold within these bounds in spite of these faults.

    With `breaks` the faults are a mutant: they must violate that guarantee, the only one that is checked.
    """

    model: Model
    name: str
    constants: Constants = field(default_factory=dict)
    faults: Sequence[str] = ()
    breaks: str | None = None
    guarantees: Sequence[str] = ()

    @property
    def is_mutant(self) -> bool:
        """Whether TLC must find a counterexample."""
        return self.breaks is not None


def configuration(check: Check) -> str:
    """Write the configuration file of a check."""
    model = check.model
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
