"""What operators may ask for, and how it is written: an object whose `command` says which."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from eventrush.identifiers import EventId
from eventrush.ledger.dead_letters import DeadLetterState, Position
from eventrush.models import Event

# A seat is one byte while books are balanced, and eight while a gate is rebuilt.
MAX_CAPACITY: Final = 10_000_000

Capacity = Annotated[int, Field(ge=1, le=MAX_CAPACITY)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
# Within what gate and ledger can count: microseconds since 1970 up to 2255, and no zone leads out of the calendar.
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
# As Kafka has them; the ledger keeps them as ASCII.
Topic = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _OnLetter(_Command):
    topic: Topic
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]

    @property
    def position(self) -> Position:
        """The letter's name."""
        return Position(self.topic, self.partition, self.offset)


class Migrate(_Command):
    """Bring the ledger's tables up to date."""

    command: Literal["migrate"]


class ListEvents(_Command):
    """List events."""

    command: Literal["list"]


class Create(_Command):
    """Create an event."""

    command: Literal["create"]
    event_id: EventId = Field(alias="eventId")
    name: Text | None = None
    capacity: Capacity
    opens_at: Moment | None = Field(None, alias="opensAt")
    closes_at: Moment | None = Field(None, alias="closesAt")

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValueError("closesAt: must be after opensAt")
        return self

    def event(self) -> Event:
        """Give the event asked for."""
        return Event(self.event_id, self.name or self.event_id, self.capacity, self.opens_at, self.closes_at)


class OnEvent(_Command):
    """Do something about one event."""

    command: Literal["show", "open", "pause", "resume", "close", "report", "rebuild"]
    event_id: EventId = Field(alias="eventId")


class Resize(_Command):
    """Change how many seats there are."""

    command: Literal["resize"]
    event_id: EventId = Field(alias="eventId")
    capacity: Capacity


class ListLetters(_Command):
    """List dead letters."""

    command: Literal["dead-letters"]
    event_id: EventId | None = Field(None, alias="eventId")
    state: DeadLetterState | None = DeadLetterState.DEAD
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class ShowLetter(_OnLetter):
    """Show one dead letter."""

    command: Literal["dead-letter"]


class Redrive(_OnLetter):
    """Send a dead letter again."""

    command: Literal["redrive"]


class Discard(_OnLetter):
    """Lay a dead letter aside."""

    command: Literal["discard"]
    reason: Text


EventCommand = Create | OnEvent | Resize | ListEvents
LetterCommand = ListLetters | ShowLetter | Redrive | Discard
Command = Migrate | EventCommand | LetterCommand

COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="command")])


def refusal(error: ValidationError) -> str:
    """Say why a command is refused: its first fault, after the name of the field."""
    first = error.errors(include_url=False, include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    return f"{first['loc'][-1]}: {message}" if first["loc"] else message
