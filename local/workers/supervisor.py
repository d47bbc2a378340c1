"""Keep so many processes of one module running: `python -m local.workers.supervisor MODULE COUNT SETTINGS`.

A worker that dies is replaced at once, and later each time when it keeps dying young. One that dies before it was ready
for the first time ends the whole: the log has the reason.
"""

import asyncio
import logging
import signal
import socket
import sys
import time

from local.workers.lifeline import GRACE_S, READY, Lifeline

_YOUNG_S = 2.0
_LONGEST_PAUSE_S = 5.0

_logger = logging.getLogger("local.workers.supervisor")  # not __main__, as which it runs


class StillbornError(Exception):
    """A worker died before it was ever ready; the log says why."""


class Supervisor:
    """Processes of one module, each given the same settings."""

    def __init__(self, module: str, settings: str) -> None:
        self._command = [sys.executable, "-m", module, settings]

    async def keep(self, ready: asyncio.Event) -> None:
        """Run one worker after another until cancelled; set `ready` when the first serves.

        Raises StillbornError when the first dies before it does.
        """
        pause_s = 0.0
        while True:
            started = time.monotonic()
            process, line = await self._spawn()
            try:
                with line:
                    if await asyncio.get_running_loop().sock_recv(line, 1) == READY:
                        ready.set()
                    code = await process.wait()
            finally:
                await _end(process)
            if not ready.is_set():
                if code <= 0:  # otherwise its own last words are the better ones
                    _logger.error("Worker %d %s before it was ready.", process.pid, _ending(code))
                raise StillbornError
            _logger.warning("Worker %d %s; another takes its place.", process.pid, _ending(code))
            died_young = time.monotonic() - started < _YOUNG_S
            await asyncio.sleep(pause_s if died_young else 0)
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2 or 0.1) if died_young else 0.0

    async def _spawn(self) -> tuple[asyncio.subprocess.Process, socket.socket]:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - positional by its signature
        with theirs:
            return await asyncio.create_subprocess_exec(*self._command, stdin=theirs.fileno()), ours


async def supervise(supervisor: Supervisor, count: int, lifeline: Lifeline) -> None:
    """Keep `count` workers until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        readies = [asyncio.Event() for _ in range(count)]
        keepers = [group.create_task(supervisor.keep(ready)) for ready in readies]

        async def tell() -> None:
            for ready in readies:
                await ready.wait()
            lifeline.ready()

        teller = group.create_task(tell())
        await stop.wait()
        for task in (teller, *keepers):
            task.cancel()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        _logger.warning("Worker %d did not end in %g s and is killed.", process.pid, GRACE_S)
        process.kill()
        await process.wait()


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def main() -> None:
    """Run what the command line names."""
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.INFO)
    module, count, settings = sys.argv[1:]
    try:
        asyncio.run(supervise(Supervisor(module, settings), int(count), Lifeline.attach(3 * GRACE_S)))
    except* StillbornError:
        sys.exit(1)


if __name__ == "__main__":
    main()
