"""What a function says of a batch: which records must come again (ReportBatchItemFailures)."""

from collections.abc import Sequence
from typing import Any

from local.event_source.event import name
from local.event_source.record import Lane, Record


class InvalidAnswerError(Exception):
    """The answer names no records, or others than the batch has: the whole batch counts as failed."""


def failures(answer: Any, batch: Sequence[Record]) -> dict[Lane, int]:
    """Return the lowest failed offset of each partition that has one; InvalidAnswerError where that cannot be told.

    Nothing, an empty answer, and one with an empty `batchItemFailures` mean that all went well.
    """
    if not answer:
        return {}
    if not isinstance(answer, dict):
        raise InvalidAnswerError("the answer is no object")
    items = answer.get("batchItemFailures") or []
    if not isinstance(items, list):
        raise InvalidAnswerError("batchItemFailures is no list")
    known = {(name(record.lane), record.offset): record.lane for record in batch}
    lowest: dict[Lane, int] = {}
    for item in items:
        try:
            identifier = item["itemIdentifier"]
            offset = identifier["offset"]
            lane = known[identifier["partition"], offset]
        except (TypeError, KeyError):
            raise InvalidAnswerError("an itemIdentifier names no record of the batch") from None
        lowest[lane] = min(offset, lowest.get(lane, offset))
    return lowest
