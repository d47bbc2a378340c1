"""Wait until a server that was started really serves."""

from collections.abc import Callable

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.servers.errors import StackError

_READY_S = 60


def await_answer(name: str, log: str, alive: Callable[[], bool], answers: Callable[[], bool]) -> None:
    """Return when the server answers; StackError when it ends first or says nothing for a minute."""

    def answers_or_ended() -> bool:
        if not alive():
            raise StackError(f"{name} ended while it started; its log is {log}.")
        return answers()

    try:
        Retrying(
            stop=stop_after_delay(_READY_S), wait=wait_fixed(0.05), retry=retry_if_not_result(bool), reraise=False
        )(answers_or_ended)
    except RetryError as error:
        raise StackError(f"{name} did not answer within {_READY_S} s; its log is {log}.") from error
