"""What was started and must be stopped again, however the block that uses it ends."""

from abc import ABC, abstractmethod
from typing import Self


class Stoppable(ABC):
    """A context that stops at its end; it has been started when it is made."""

    @abstractmethod
    def stop(self) -> None:
        """End it; doing so again is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()
