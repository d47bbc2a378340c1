"""Other designs behind the same front: the original's, and MySQL alone, from one client to a hundred."""

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

import pytest

from admin.service import Admin
from local.http_api import HttpApi
from local.servers import Stack
from local.servers.readiness import ensure_topics, kafka_admin
from tests.bench.conftest import MANY, Front, NewEvent, until_recorded
from tests.bench.load import SECONDS, Figures, Meter, Subject, in_turns, medians
from tests.handlers import mysql_alone, original

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

CLIENTS = (1, 8, 100)
FREE_SEATS = 200_000
TAKEN_SEATS = 10_000
WARM_S = 2

type Designs = dict[str, dict[str, Subject]]


def test_each_design_is_measured_in_turns_from_one_client_to_a_hundred(
    designs: Designs, meter: Meter, figures: Figures
) -> None:
    """Printed where another design is faster, too: what each keeps of its promises is in docs/performance.md."""
    for subjects in designs.values():
        for subject in subjects.values():
            meter(subject, WARM_S)
    figures["designs"] = {
        situation: {
            str(clients): medians(
                in_turns({name: partial(meter, subject, SECONDS // 2, clients) for name, subject in subjects.items()})
            )
            for clients in CLIENTS
        }
        for situation, subjects in designs.items()
    }


@pytest.fixture(scope="module")
def designs(
    stack: Stack, api: HttpApi, front: Front, admin: Admin, new_event: NewEvent, sold_out: str
) -> Iterator[Designs]:
    """Serve each design, by what becomes of its attempts."""
    ensure_topics(kafka_admin(stack.ports["kafka"]), [original.TOPIC])
    two_calls, mysql, open_to_all = front("original"), front("mysql_alone"), new_event(MANY)
    late = HTTPStatus.TOO_MANY_REQUESTS
    _make_seats(admin)
    yield {
        "everyoneWins": {
            "eventrush": Subject(api, open_to_all, settle=partial(until_recorded, admin, open_to_all)),
            "original": Subject(two_calls, "open"),
            "mysqlAlone": Subject(mysql, "open"),
        },
        "soldOut": {
            "eventrush": Subject(api, sold_out, late),
            "original": Subject(two_calls, original.SOLD_OUT, late),
            "mysqlAlone": Subject(mysql, original.SOLD_OUT, late),
        },
    }
    with admin.ledger.database.transaction() as cursor:
        cursor.execute("DROP TABLE bench_seat")


def _make_seats(admin: Admin) -> None:
    """Insert the rows of MySQL alone: an event with seats enough, and one without a free seat."""
    free = [("open", number, None) for number in range(FREE_SEATS)]
    taken = [(original.SOLD_OUT, number, f"winner-{number}") for number in range(TAKEN_SEATS)]
    with admin.ledger.database.transaction() as cursor:
        cursor.execute(mysql_alone.CREATE)
        cursor.executemany(mysql_alone.INSERT, [*free, *taken])
