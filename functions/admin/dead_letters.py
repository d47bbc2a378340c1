"""The operators' commands for dead letters."""

from dataclasses import dataclass

from eventrush.errors import ConflictError
from eventrush.ledger import Ledger, LetterState, Position, StoredLetter
from eventrush.stream import StreamPublisher


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Commands over the ledger's dead letters and the stream they came from.

    Every command for one letter raises `ConflictError` where there is none of that name.
    """

    ledger: Ledger
    publisher: StreamPublisher

    def list(
        self, *, event_id: str | None = None, state: LetterState | None = LetterState.DEAD, limit: int = 100
    ) -> list[StoredLetter]:
        """Give dead letters, the newest first; a state of None means every state."""
        return self.ledger.letters.list(event_id=event_id, state=state, limit=limit)

    def show(self, position: Position) -> StoredLetter:
        """Give one dead letter."""
        letter = self.ledger.letters.get(position)
        if letter is None:
            raise ConflictError(f"There is no dead letter {position}.")
        return letter

    def redrive(self, position: Position) -> StoredLetter:
        """Send a dead letter's record again, as it was; one that was settled already stays settled.

        What kept it from being an entry should have been mended: a record that is dead again is a new dead letter.
        Raises `PublishError` when Kafka does not acknowledge it; the letter stays dead then.
        """
        letter = self.show(position)
        if letter.state is LetterState.DEAD:
            self.publisher.publish_again(letter.record)
            self.ledger.letters.settle(position, LetterState.REDRIVEN, None)
        return self.show(position)

    def discard(self, position: Position, reason: str) -> StoredLetter:
        """Lay a dead letter aside for good, with the reason; the row is kept."""
        self.ledger.letters.settle(position, LetterState.DISCARDED, reason)
        return self.show(position)
