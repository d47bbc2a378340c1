"""What people are told, in Korean unless they ask for English."""

from typing import Final

from eventrush.verdict import Verdict

_ACCEPTED: Final = ("이벤트 참여가 접수되었습니다.", "Your entry has been accepted.")
_BY_VERDICT: Final = {
    Verdict.SUCCESS: ("이벤트 참여가 완료되었습니다.", "You have joined the event."),
    Verdict.DUPLICATE: ("이미 참여하셨습니다.", "You have joined already."),
    Verdict.LIMIT_EXCEEDED: ("선착순이 마감되었습니다.", "All seats are taken."),
    Verdict.NOT_OPEN: ("아직 시작되지 않은 이벤트입니다.", "The event has not opened yet."),
    Verdict.CLOSED: ("종료된 이벤트입니다.", "The event is closed."),
    Verdict.PAUSED: ("이벤트가 일시 중지되었습니다.", "The event is paused; please try again."),
    Verdict.GATE_LOST: ("이벤트를 복구하고 있습니다.", "The event is being restored; please try again."),
    Verdict.UNAVAILABLE: ("잠시 후 다시 시도해 주세요.", "Please try again in a moment."),
    Verdict.UNKNOWN_EVENT: ("존재하지 않는 이벤트입니다.", "There is no such event."),
}


def message(verdict: Verdict, accept_language: str, *, acknowledged: bool = True) -> str:
    """Give the sentence for a verdict; a seat that is held but not acknowledged is accepted, not completed."""
    korean, english = _ACCEPTED if verdict is Verdict.SUCCESS and not acknowledged else _BY_VERDICT[verdict]
    return english if prefers_english(accept_language) else korean


def prefers_english(accept_language: str) -> bool:
    """Tell whether an Accept-Language header (RFC 9110) asks for English rather than Korean."""
    weights = dict(map(_range, accept_language.lower().split(","))) if accept_language else {}
    return weights.get("en", 0.0) > weights.get("ko", weights.get("*", 0.0))


def _range(text: str) -> tuple[str, float]:
    """Read one language range: its primary language, and its weight (1 if none is given, 0 if it is no number)."""
    tag, _, parameter = text.strip().partition(";")
    weight = parameter.strip().removeprefix("q=")
    try:
        return tag.partition("-")[0], float(weight) if weight else 1.0
    except ValueError:
        return tag.partition("-")[0], 0.0
