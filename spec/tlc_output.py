"""Reads what TLC prints in its -tool mode: progress, the violated guarantee, the steps that lead to it, errors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

_INVARIANT, _ACTION_PROPERTY, _STATE = 2110, 2112, 2217
_PROGRESS, _STATES, _DEPTH, _SUCCESS, _NOT_PARSED = 2200, 2199, 2194, 2193, 3002
_ERROR_SEVERITIES: Final = {"1", "2"}
_STARTED: Final = re.compile(r"@!@!@STARTMSG (\d+):(\d+) @!@!@")
_ENDED: Final = "@!@!@ENDMSG"
_COUNTS: Final = re.compile(r"([\d,]+) states generated.*?([\d,]+) distinct states found.*?([\d,]+) states left")
_CONJUNCT: Final = re.compile(r"^/\\ ", re.MULTILINE)
_DEPTH_NOW: Final = re.compile(r"Progress\((\d+)\)")
_DEPTH_REACHED: Final = re.compile(r"is (\d+)\.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a counterexample: the action, empty for the initial state, and the variables after it, as printed."""

    action: str
    variables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What TLC has found so far.

    `violated` is the guarantee that fails after the last of `steps`; `complete` means that there is no further state.
    """

    violated: str | None = None
    steps: Sequence[Step] = ()
    generated: int = 0
    distinct: int = 0
    queued: int = 0
    depth: int = 0
    complete: bool = False


class TlcOutput:
    """The messages of one run, line by line."""

    def __init__(self) -> None:
        self.result = Result()
        self._message: tuple[int, str] | None = None
        self._lines: list[str] = []
        self._outside: list[str] = []
        self._errors: list[str] = []
        self._is_parsed = True

    def read_line(self, line: str) -> None:
        """Read the next line."""
        if started := _STARTED.match(line):
            self._message, self._lines = (int(started.group(1)), started.group(2)), []
        elif self._message is None:
            if line.strip():
                self._outside.append(line.strip())
        elif line.startswith(_ENDED):
            self._read(*self._message, "\n".join(self._lines))
            self._message = None
        else:
            self._lines.append(line)

    def failure(self, exit_status: int | None = None) -> str | None:
        """Return why TLC could not check to the end, once it has ended; None where it could."""
        if not self._is_parsed:
            return f"The model does not parse: {_parse_error(self._outside)}"
        if self.result.complete or self.result.violated:
            return None
        found = (*self._errors[:1], *self._outside[-1:], "no message")[0]
        return f"TLC could not check the model (exit status {exit_status}): {' '.join(found.split())}"

    def _read(self, number: int, severity: str, text: str) -> None:
        match number:
            case n if n in {_INVARIANT, _ACTION_PROPERTY}:
                # "Invariant X is violated.", "Action property X is violated."
                self.result = replace(self.result, violated=text.removesuffix(" is violated.").split()[-1])
            case n if n == _STATE:
                self.result = replace(self.result, steps=(*self.result.steps, _step(text)))
            case n if n in {_PROGRESS, _STATES, _DEPTH}:
                self._count(text)
            case n if n == _SUCCESS:
                self.result = replace(self.result, complete=True)
            case n if n == _NOT_PARSED:
                self._is_parsed = False
            case _ if severity in _ERROR_SEVERITIES:
                self._errors.append(text)

    def _count(self, text: str) -> None:
        if counts := _COUNTS.search(text):
            generated, distinct, queued = (int(number.replace(",", "")) for number in counts.groups())
            self.result = replace(self.result, generated=generated, distinct=distinct, queued=queued)
        if depth := _DEPTH_NOW.search(text) or _DEPTH_REACHED.search(text):
            self.result = replace(self.result, depth=int(depth.group(1)))


def _step(text: str) -> Step:
    """Read "2: <Claim line 86, col 3 to …>" and the variables below it."""
    heading, _, variables = text.partition("\n")
    action = re.search(r"<(\w+) line", heading)
    printed = (" ".join(variable.split()) for variable in _CONJUNCT.split(variables))
    return Step(action.group(1) if action else "", frozenset(filter(None, printed)))


def _parse_error(lines: Sequence[str]) -> str:
    """Return what the parser found first, as one sentence."""
    starts = (number for number, line in enumerate(lines) if line.startswith(("***Parse Error", "*** Errors")))
    start = next(starts, None)
    if start is None:
        return f"{lines[-1].rstrip('.')}." if lines else "no reason is given."
    found = [line.rstrip(".") for line in lines[start + 1 : start + 3] if not line.startswith("Residual stack")]
    return f"{', '.join(found)}."
