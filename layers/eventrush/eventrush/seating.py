"""Who has which seat, as far as a rebuild has seen."""

from array import array
from collections.abc import Iterable
from itertools import count
from typing import Final

from eventrush.entry import Entry

_NOBODY, _SOMEBODY = 0, 1


class Seating:
    """Seats and the hashes of their owners' ids: eight bytes a seat, so that an event of millions fits."""

    def __init__(self, capacity: int) -> None:
        """Take how many seats there are; all are free."""
        self._owners: Final = array("q", bytes(8 * (capacity + 1)))

    def seated(self, entries: Iterable[Entry]) -> list[Entry]:
        """Give those entries whose seat exists and was nobody's, and note that it is theirs."""
        seated = []
        for entry in entries:
            if entry.seat_no < len(self._owners) and self._owners[entry.seat_no] == _NOBODY:
                self._owners[entry.seat_no] = hash(entry.user_id)
                seated.append(entry)
        return seated

    def has(self, user_id: str, seat_no: int) -> bool:
        """Tell whether this seat is that user's."""
        return seat_no < len(self._owners) and self._owners[seat_no] == hash(user_id)

    def close(self, seat_nos: Iterable[int]) -> None:
        """Note that these seats are not to be given, whoever has them."""
        for seat_no in seat_nos:
            if seat_no < len(self._owners) and self._owners[seat_no] == _NOBODY:
                self._owners[seat_no] = _SOMEBODY

    def free(self) -> tuple[int, list[int]]:
        """Tell the highest seat that is somebody's, and the seats below it that are nobody's."""
        issued = next(seat_no for seat_no in count(len(self._owners) - 1, -1) if self._owners[seat_no] or not seat_no)
        return issued, [seat_no for seat_no in range(1, issued) if self._owners[seat_no] == _NOBODY]
