"""What the gate writes of an entry reads back whole, whatever its attempt id holds."""

from hypothesis import given
from hypothesis import strategies as st

from eventrush import clock
from eventrush.entry import Entry
from eventrush.gate import held

VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


@given(seat_no=st.integers(1, 2**31), time_us=st.integers(0, 2**53), attempt_id=VISIBLE)
def test_an_entry_reads_back(seat_no: int, time_us: int, attempt_id: str) -> None:
    entry = Entry("default", "u", seat_no, clock.from_us(time_us), 3, attempt_id)
    assert held.read("default", "u", held.write(entry).encode(), 3) == entry


def test_an_attempt_id_may_hold_the_separator() -> None:
    entry = held.read("default", "u", b"7:1795338000000001:a:b:", 1)
    assert (entry.seat_no, entry.attempt_id) == (7, "a:b:")
