"""A MySQL that is down raises one plain sentence; broken connections are replaced."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cli.environment import environment
from eventrush.errors import ConflictError, LedgerError
from eventrush.ledger.database import Database
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from eventrush.settings import LedgerSettings
from local.ports import free_port
from local.servers import Stack
from tests.deliveries import an_entry, delivery
from tests.integration.conftest import kill_connection_of
from tests.integration.ledger.conftest import Connect


@pytest.mark.parametrize(
    "wrong",
    [{"MYSQL_PORT": "free"}, {"MYSQL_PASSWORD": "not-it"}, {"MYSQL_DATABASE": "not_there"}],
    ids=["down", "password", "database"],
)
def test_a_mysql_that_is_down_or_refuses_is_one_sentence(stack: Stack, wrong: dict[str, str]) -> None:
    given = {name: str(free_port()) if value == "free" else value for name, value in wrong.items()}
    ledger = Ledger.connect(LedgerSettings.from_env(environment(stack) | given))
    with pytest.raises(LedgerError, match=r"^MySQL does not answer, or refuses the connection \(error \d+\)\.$"):
        ledger.list_events()


def test_a_batch_survives_a_connection_that_the_server_closed(
    real_ledger: Ledger, stack: Stack, ledger_event: Event
) -> None:
    kill_connection_of(real_ledger, stack)
    assert real_ledger.batch.record([delivery(an_entry(ledger_event.event_id, 1))]).recorded == 1


def test_a_query_is_retried_when_the_server_closed_the_connection(
    real_ledger: Ledger, stack: Stack, ledger_event: Event
) -> None:
    kill_connection_of(real_ledger, stack)
    assert real_ledger.get_event(ledger_event.event_id) == ledger_event
    kill_connection_of(real_ledger, stack)
    assert real_ledger.batch.epochs({ledger_event.event_id}) == {ledger_event.event_id: 1}
    kill_connection_of(real_ledger, stack)
    assert list(real_ledger.seats.recorded(ledger_event.event_id, after=0)) == []


def test_an_idle_connection_that_the_server_closed_is_replaced(
    connect: Connect, stack: Stack, ledger_event: Event
) -> None:
    """As in an environment that was frozen for hours, or after a failover."""
    ledger = Ledger(Database(connect, idle_s=0))
    kill_connection_of(ledger, stack)
    assert ledger.get_event(ledger_event.event_id) == ledger_event


def test_a_connection_that_holds_a_lock_is_never_replaced_silently(
    connect: Connect, stack: Stack, ledger_event: Event
) -> None:
    ledger = Ledger(Database(connect, idle_s=0))
    with ledger.database.advisory_lock("test"):
        kill_connection_of(ledger, stack)
        for sentence in ("does not answer", "the lock is closed"):
            with pytest.raises(LedgerError, match=sentence):
                ledger.get_event(ledger_event.event_id)


def test_an_advisory_lock_has_one_holder(real_ledger: Ledger, stack: Stack) -> None:
    second = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    with real_ledger.database.advisory_lock("test"):
        with (
            pytest.raises(LedgerError, match=r"^Another test is in progress\.$"),
            second.database.advisory_lock("test"),
        ):
            pytest.fail("two connections hold the lock")
        with second.database.advisory_lock("another test"):
            pass
    with second.database.advisory_lock("test"):
        pass
    second.close()


def test_a_lost_connection_releases_its_lock(real_ledger: Ledger, stack: Stack) -> None:
    second = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    with real_ledger.database.advisory_lock("test"):
        kill_connection_of(real_ledger, stack)
        real_ledger.close()
        with second.database.advisory_lock("test", wait_s=5):
            pass
    second.close()


def test_an_exception_rolls_back_the_transaction(real_ledger: Ledger, ledger_event: Event) -> None:
    def change_and_fail() -> None:
        with real_ledger.database.transaction() as cursor:
            cursor.execute("UPDATE event SET capacity = 99 WHERE event_id = %s", (ledger_event.event_id,))
            raise ConflictError("test")

    with pytest.raises(ConflictError):
        change_and_fail()
    assert real_ledger.get_event(ledger_event.event_id) == ledger_event


def test_ten_connections_work_concurrently(stack: Stack, ledger_event: Event) -> None:
    def get_event(_number: int) -> Event | None:
        ledger = Ledger.connect(LedgerSettings.from_env(environment(stack)))
        event = ledger.get_event(ledger_event.event_id)
        ledger.close()
        return event

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(get_event, range(10))) == [ledger_event] * 10


def test_a_lock_wait_ends_before_the_read_time_out(real_ledger: Ledger) -> None:
    with real_ledger.database.transaction() as cursor:
        cursor.execute("SELECT @@innodb_lock_wait_timeout")
        ((lock_wait_s,),) = cursor.fetchall()
    assert lock_wait_s == 5


def test_a_connection_may_hold_two_locks(real_ledger: Ledger, stack: Stack) -> None:
    second = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    with real_ledger.database.advisory_lock("outer"):
        with real_ledger.database.advisory_lock("inner"):
            pass
        kill_connection_of(real_ledger, stack)
        with pytest.raises(LedgerError):
            real_ledger.list_events()
        with pytest.raises(LedgerError, match="the lock is closed"):
            real_ledger.list_events()
        with second.database.advisory_lock("outer", wait_s=5):
            pass
    second.close()
