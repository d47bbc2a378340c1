"""Writes an event's recorded entries to a file, in the order of seats; what was interrupted continues."""

import csv
import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal

from eventrush.errors import EventrushError

type Format = Literal["csv", "ndjson"]
type Row = dict[str, Any]
type Ask = Callable[[int], dict[str, Any]]  # a page of the entries above a seat, as AdminFunction returns it

FIELDS: Final = ("eventId", "seatNo", "userId", "requestTime", "epoch")
_LONGEST_ROW: Final = 4096


class ExportError(EventrushError):
    """The export cannot be continued, or is not complete."""


class _GapError(ExportError):
    """Entries were recorded below seats that had been written."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export of one event; `ask` gets a page."""

    ask: Ask
    event_id: str
    form: Format

    def to_file(self, path: Path, source: str) -> int:
        """Write the entries to a file and return how many they are; an interrupted export of the source continues.

        Until it is complete it is `<path>.<source>.part`: every page is on the disk before the next is asked for, and
        a complete file replaces `path` in one step.
        """
        part = path.with_name(".".join(filter(None, (path.name, source, "part"))))
        with _locked(part) as file:
            after, count = _resume(file, self.event_id, self.form, part)
            if after == 0:
                file.truncate(0)
                file.write(_header(self.form))
            try:
                count = self._write(file, after, count)
            except _GapError:
                part.unlink()
                raise
            part.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return count

    def to_stdout(self) -> None:
        """Write the entries to stdout; that cannot be continued."""
        sys.stdout.write(_header(self.form))
        self._write(sys.stdout)

    def _write(self, file: IO[str], after: int = 0, count: int = 0) -> int:
        """Write every page above a seat, when `count` rows have been written; returns the number of all rows."""
        total = None
        for page in pages(self.ask, after):
            rows = [{"eventId": self.event_id, **row} for row in page["rows"]]
            _put(rows, self.form, file)
            file.flush()
            if file is not sys.stdout:
                os.fsync(file.fileno())
            count += len(rows)
            after, total = rows[-1]["seatNo"] if rows else after, page["total"]
        if count != total:
            raise _GapError(
                f"Entries of {self.event_id} were recorded below seat {after} during the export; once nothing is"
                " pending, export it again."
            )
        return count


def pages(ask: Ask, after: int = 0) -> Iterator[dict[str, Any]]:
    """Iterate over the pages of the entries above a seat; only the last has a `total`."""
    total = None
    while total is None:
        page = ask(after)
        yield page
        after, total = page["rows"][-1]["seatNo"] if page["rows"] else after, page["total"]


def _put(rows: list[Row], form: Format, file: IO[str]) -> None:
    if form == "csv":
        csv.DictWriter(file, FIELDS, lineterminator="\n").writerows(rows)
    else:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _header(form: Format) -> str:
    return ",".join(FIELDS) + "\n" if form == "csv" else ""


@contextmanager
def _locked(part: Path) -> Iterator[IO[str]]:
    """Open a partial file that no other export writes to."""
    with part.open("a+", encoding="ascii", newline="") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExportError(f"Another export writes to {part}.") from None
        yield file


def _resume(file: IO[str], event_id: str, form: Format, part: Path) -> tuple[int, int]:
    """Cut a partial file off after its last whole row; return that row's seat and the number of rows, 0 without any."""
    size = os.fstat(file.fileno()).st_size
    with part.open("rb") as content:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: content.read(2**20), b""))
        content.seek(max(0, size - 2 * _LONGEST_ROW))
        tail = content.read()
    whole, _, rest = tail.rpartition(b"\n")
    count = lines - (form == "csv")
    if count <= 0:
        return 0, 0
    file.truncate(size - len(rest))
    file.seek(0, os.SEEK_END)
    try:
        row = _parsed(whole.rpartition(b"\n")[2].decode("ascii"), form)
        of, seat_no = row["eventId"], int(row["seatNo"])
    except (ValueError, KeyError, TypeError):
        of = seat_no = 0
    if of != event_id:
        raise ExportError(f"{part} is no partial export of {event_id} as {form}; delete it.")
    return seat_no, count


def _parsed(line: str, form: Format) -> Row:
    if form == "csv":
        [values] = csv.reader([line])
        return dict(zip(FIELDS, values, strict=True))
    row: Row = json.loads(line)
    return row
