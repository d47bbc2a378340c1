"""The command that loads an API with k6 and judges what its users were told."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import output, running_api
from cli.admin_client import AdminClient
from cli.contract import EXPECTED, Attempt, Reply, read_reply
from cli.judge import Judgement, await_rows, judge, read_rows
from cli.options import DIRECTORY, ROOT, DemoCapacity, Directory, Json, SentIdentity, Url, event_id
from cli.signals import signals_ignored
from cli.tokens import tokens_of
from eventrush.errors import EventrushError

SCRIPT: Final = ROOT / "tests" / "load" / "rush.js"
_DURATION: Final = re.compile(r"(?=.*[1-9])(\d+(\.\d+)?(ms|s|m|h))+")
_MAX_USERS: Final = 2**53 - 1  # JavaScript's largest exact integer
_THRESHOLDS_BROKEN: Final = 99  # an exit status of k6


class K6Error(EventrushError):
    """k6 is not installed, or did not run to its end."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(k6)


def _duration(text: str) -> str:
    if not _DURATION.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not a duration such as 10s or 1m30s")
    return text


Vus = Annotated[int, typer.Option(envvar="VUS", min=1, max=10_000, help="Number of clients at a time.")]
Duration = Annotated[str, typer.Option(envvar="DURATION", parser=_duration, metavar="TIME", help="Such as 1m30s.")]
Users = Annotated[int, typer.Option(envvar="USERS", min=1, max=_MAX_USERS, help="Number of users.")]
Pause = Annotated[float, typer.Option(envvar="PAUSE", min=0, max=3600, help="Pause of a client, seconds.")]
Event = Annotated[
    str | None,
    typer.Option(envvar="EVENT_ID", metavar="EVENT", parser=event_id, show_default="a new one", help="Event to join."),
]


@dataclass(frozen=True, slots=True)
class Load:
    """What k6 measured, and the replies that are not LIMIT_EXCEEDED."""

    figures: dict[str, Any]
    replies: list[Reply]

    @property
    def as_expected(self) -> bool:
        """Whether checks and thresholds hold, and every reply keeps the contract."""
        return not self.figures["broken"] and all(reply.result in EXPECTED for reply in self.replies)


def k6(  # noqa: PLR0913, PLR0917 - each an option
    vus: Vus = 100,
    duration: Duration = "10s",
    users: Users = 10_000,
    pause: Pause = 0.1,
    event: Event = None,
    capacity: DemoCapacity = 100,
    url: Url = None,
    directory: Directory = DIRECTORY,
    identity: SentIdentity = None,
    *,
    as_json: Json = False,
) -> int:
    """Load an API with k6; the exit status is 1 when a threshold is broken or replies and rows differ.

    The event is a new one, and judged, where the servers behind the API are known: `serve` and `sam-api` note them.
    """
    api = running_api.address(url, directory)
    program = find_program()
    running = running_api.find(directory)
    servers = running.settings if running and running_api.is_same(api, running.url) else None
    if event is None and servers is not None:
        running_api.capacity(api, servers["DEFAULT_EVENT_ID"])  # before an event is made in vain
        event = f"k6-{uuid.uuid4().hex[:8]}"
        AdminClient(servers).ask("create", eventId=event, name="A load test", capacity=capacity)
    event = event or "default"
    seats = running_api.capacity(api, event)
    before = read_rows(servers, event) if servers else []
    tokens = tokens_of(range(1, users + 1), identity, servers, quiet=as_json)
    if not as_json:
        output.message(f"k6 loads {event} at {api}: {vus:,} clients for {duration} …")
    asked = {"VUS": str(vus), "DURATION": duration, "USERS": str(users), "PAUSE": str(pause)}
    load = run_script(program, {**asked, "API_URL": api, "EVENT_ID": event}, [*tokens.values()])
    found = None
    if servers is not None:
        known = [Reply(row.user_id, None, 200, "SUCCESS", row.seat_no) for row in before]
        replies = [*known, *load.replies]
        await_rows(servers, event, len({reply.user_id for reply in replies if reply.won}), time.monotonic())
        found = judge(replies, read_rows(servers, event), seats)
    _show(load, found, {"url": api, "eventId": event, "capacity": seats}, as_json=as_json)
    return 0 if load.as_expected and (found is None or found.consistent) else 1


def find_program() -> str:
    """Return k6, the one that local/setup.sh built first: npm has another program of that name."""
    found = shutil.which("k6", path=f"{ROOT / '.local' / 'bin'}:{os.environ.get('PATH', '')}")
    if found is None:
        raise K6Error("k6 is not installed; `local/setup.sh k6` builds it.")
    return found


def run_script(program: str, asked: Mapping[str, str], tokens: Sequence[str] = ()) -> Load:
    """Run the script; raises `K6Error` with k6's last message where it does not run to its end.

    Tokens are those of the users from 1.
    """
    with tempfile.TemporaryDirectory(prefix="k6-") as directory:
        log, summary = Path(directory, "log"), Path(directory, "summary.json")
        if tokens:
            asked = {**asked, "TOKENS": str(Path(directory, "tokens.json"))}
            Path(asked["TOKENS"]).write_text(json.dumps(tokens))
        options = ["--quiet", "--no-usage-report", "--log-format", "raw", "--log-output", f"file={log}"]
        process = subprocess.Popen(  # noqa: S603 - our own words
            [program, "run", *options, str(SCRIPT)],
            env={**os.environ, **asked, "SUMMARY": str(summary), "REPLIES": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _, errors = process.communicate()
        except BaseException:
            with signals_ignored():
                process.terminate()
                process.wait()
            raise
        lines = log.read_text().splitlines() if log.exists() else []
        replies = [line for line in lines if line.startswith("[")]
        if process.returncode not in {0, _THRESHOLDS_BROKEN} or not summary.exists():
            messages = [line for line in (*errors.splitlines(), *lines) if line.strip() and not line.startswith("[")]
            raise K6Error(f"k6 did not run to its end: {messages[-1] if messages else f'status {process.returncode}'}")
        return Load(json.loads(summary.read_text()), [_reply(line) for line in replies])


def _reply(line: str) -> Reply:
    """Read a line of the script's: [user id, status, body]."""
    user_id, status, body = json.loads(line)
    if status == 0:
        return Reply(str(user_id), None, 0, "no reply")
    return read_reply(Attempt(user_id), status, (body or "").encode())


def _show(load: Load, found: Judgement | None, about: dict[str, Any], *, as_json: bool) -> None:
    figures = load.figures
    if as_json:
        output.dump({**about, **figures, "judged": found is not None, **(found.figures() if found else {})})
        return
    rows = [
        (figures["requests"], f"attempts for {about['capacity']:,} seats, {figures['requestsPerS']:,.0f} a second"),
        (figures["success"], "won a seat"),
        (figures["duplicate"], "had a seat already"),
        (figures["limitExceeded"], "came too late"),
        (figures["other"], "were told something else"),
        (
            figures["p50Ms"],
            f"ms for half of them, {figures['p95Ms']:.0f} for 95 and {figures['p99Ms']:.0f} for 99 of 100",
        ),
    ]
    if found:
        rows += [
            (found.rows, "rows in MySQL"),
            (found.lost, "lost"),
            (found.doubled, "doubled"),
            (found.oversold, "oversold"),
            (found.false_duplicates, "false duplicates"),
        ]
    good = load.as_expected and (found is None or found.consistent)
    title = "Inconsistent" if not good else "Every promise kept" if found else "All checks and thresholds hold"
    output.console.print(output.panel(title, [(f"{round(count):,}", text) for count, text in rows], good=good))
    for rule in figures["broken"]:
        output.message(f"Broken: {rule}.")
    if found is None:
        output.message(f"Nothing was judged: the servers behind {about['url']} are not known here.")
