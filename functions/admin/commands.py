"""The operators' commands as JSON: an object whose `command` names the command."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from eventrush.identifiers import EVENT_ID, user_id_text
from eventrush.ledger.dead_letters import DeadLetterState
from eventrush.models import Event, Position

# A seat takes one byte of memory in an audit, and eight in a rebuild.
MAX_CAPACITY: Final = 10_000_000

EventId = Annotated[str, StringConstraints(pattern=EVENT_ID)]
UserId = Annotated[str, BeforeValidator(user_id_text)]
Capacity = Annotated[int, Field(ge=1, le=MAX_CAPACITY)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
# Within the range of gate and ledger (microseconds since 1970 up to 2255), and within the calendar in every zone.
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
# Kafka's own rule; the ledger stores them as ASCII.
Topic = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]


# Who gives the command, as the client says: an ARN on AWS.
Operator = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    operator: Operator = "unknown"


def _after_opening(closes_at: datetime | None, info: ValidationInfo) -> datetime | None:
    opens_at = info.data.get("opens_at")
    if opens_at and closes_at and closes_at <= opens_at:
        raise ValueError("must be after opensAt")
    return closes_at


ClosesAt = Annotated[Moment | None, AfterValidator(_after_opening)]


class _OfEvent(_Command):
    event_id: EventId = Field(alias="eventId")


class _OnLetter(_Command):
    topic: Topic
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]

    @property
    def position(self) -> Position:
        """The dead letter's position in the stream."""
        return Position(self.topic, self.partition, self.offset)


class Migrate(_Command):
    """Bring the ledger's tables up to date."""

    command: Literal["migrate"]


class Status(_Command):
    """Count what waits, over all events."""

    command: Literal["status"]


class ListEvents(_Command):
    """List events."""

    command: Literal["list"]


class Create(_OfEvent):
    """Create an event."""

    command: Literal["create"]
    name: Text | None = None
    capacity: Capacity
    opens_at: Moment | None = Field(None, alias="opensAt")
    closes_at: ClosesAt = Field(None, alias="closesAt")
    # Requests per second at the opening, for which environments are warmed up.
    expect: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @field_validator("expect")
    @classmethod
    def _with_opens_at(cls, expect: int | None, info: ValidationInfo) -> int | None:
        if expect and not info.data.get("opens_at"):
            raise ValueError("needs opensAt, to warm up before it")
        return expect

    @field_validator("closes_at")
    @classmethod
    def _not_over(cls, closes_at: datetime | None) -> datetime | None:
        if closes_at and closes_at <= datetime.now(UTC):
            raise ValueError("is over")
        return closes_at

    def event(self) -> Event:
        """Return the event to create."""
        return Event(self.event_id, self.name or self.event_id, self.capacity, self.opens_at, self.closes_at)


class OnEvent(_OfEvent):
    """Show or change one event."""

    command: Literal["show", "open", "pause", "resume", "close", "report", "rebuild"]


class Resize(_OfEvent):
    """Change the number of seats."""

    command: Literal["resize"]
    capacity: Capacity


class Forget(_OfEvent):
    """Erase a person from an event that has ended."""

    command: Literal["forget"]
    user_id: UserId = Field(alias="userId", repr=False)


class Schedule(_OfEvent):
    """Change the opening time, the closing time or both: null removes one, one that is absent stays."""

    command: Literal["schedule"]
    opens_at: Moment | None = Field(None, alias="opensAt")
    closes_at: ClosesAt = Field(None, alias="closesAt")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.times():
            raise ValueError("opensAt or closesAt is required")
        return self

    def times(self) -> dict[str, datetime | None]:
        """Return the times that are given, by their names in `Event`."""
        return {name: getattr(self, name) for name in ("opens_at", "closes_at") if name in self.model_fields_set}


class Rename(_OfEvent):
    """Change the public name."""

    command: Literal["rename"]
    name: Text


class Export(_OfEvent):
    """Return recorded entries above a seat, in the order of seats."""

    command: Literal["export"]
    after: Annotated[int, Field(ge=0)] = 0


class ListChanges(_Command):
    """List what operators changed, the newest first."""

    command: Literal["log"]
    event_id: EventId | None = Field(None, alias="eventId")
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


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
    """Discard a dead letter."""

    command: Literal["discard"]
    reason: Text


EventCommand = Create | OnEvent | Resize | Schedule | Rename | ListEvents
LetterCommand = ListLetters | ShowLetter | Redrive | Discard
Command = Migrate | Status | ListChanges | Export | Forget | EventCommand | LetterCommand

COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="command")])
