"""How the gate writes an entry: `seat:time_us:attempt id`, the attempt last because it may hold anything visible."""

from eventrush import clock
from eventrush.entry import Entry


def write(entry: Entry) -> str:
    """Write what the entries hash holds for a user."""
    return f"{entry.seat_no}:{clock.to_us(entry.request_time)}:{entry.attempt_id}"


def read(event_id: str, user_id: str, held: bytes, epoch: int) -> Entry:
    """Read what the entries hash holds for a user; an entry of the gate is always of the gate's epoch."""
    seat_no, time_us, attempt_id = held.decode("ascii").split(":", 2)
    return Entry(event_id, user_id, int(seat_no), clock.from_us(int(time_us)), epoch, attempt_id)


def seat_no(held: bytes) -> int:
    """Read only the seat of what the entries hash holds for a user."""
    return int(held.partition(b":")[0])
