"""The operators' commands for dead letters."""

from dataclasses import dataclass

from eventrush.errors import ConflictError
from eventrush.ledger.dead_letters import DeadLetterState, Position, StoredDeadLetter
from eventrush.ledger.ledger import Ledger
from eventrush.stream.publisher import StreamPublisher


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Commands over the ledger's dead letters and the stream they came from.

    Every command for one letter raises `ConflictError` where there is none of that name.
    """

    ledger: Ledger
    publisher: StreamPublisher

    def list(
        self, *, event_id: str | None = None, state: DeadLetterState | None = DeadLetterState.DEAD, limit: int = 100
    ) -> list[StoredDeadLetter]:
        """Give dead letters, the newest first; a state of None means every state."""
        return self.ledger.dead_letters.list(event_id=event_id, state=state, limit=limit)

    def show(self, position: Position) -> StoredDeadLetter:
        """Give one dead letter."""
        letter = self.ledger.dead_letters.get(position)
        if letter is None:
            raise ConflictError(f"There is no dead letter {position}.")
        return letter

    def redrive(self, position: Position) -> StoredDeadLetter:
        """Send a dead letter's record again, as it was; one that was settled already stays settled.

        What kept it from being an entry should have been mended: a record that is dead again is a new dead letter.
        Raises `PublishError` when Kafka does not acknowledge it; the letter stays dead then.
        """
        letter = self.show(position)
        if letter.state is DeadLetterState.DEAD:
            self.publisher.republish(letter.record)
            self.ledger.dead_letters.settle(position, DeadLetterState.REDRIVEN, None)
        return self.show(position)

    def discard(self, position: Position, reason: str) -> StoredDeadLetter:
        """Lay a dead letter aside for good, with the reason; the row is kept."""
        self.ledger.dead_letters.settle(position, DeadLetterState.DISCARDED, reason)
        return self.show(position)
