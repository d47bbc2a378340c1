"""What a rush is: who comes, in which order, how fast."""

import random
from array import array
from dataclasses import dataclass

MAX_ATTEMPTS = 1_000_000
MAX_CONCURRENCY = 1_000
MAX_USERS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A rush of `attempts` on `concurrency` connections by users 1 to `users`; `rate` bounds attempts a second."""

    url: str
    event_id: str
    attempts: int
    concurrency: int
    users: int
    seed: int
    rate: float | None = None

    def order(self) -> array[int]:
        """Return who comes when: everyone as often as anyone else, in an order that the seed decides.

        With more users than attempts each comes at most once.
        """
        rng = random.Random(self.seed)  # noqa: S311 - a repeatable order, no secret
        if self.users >= self.attempts:
            return array("q", rng.sample(range(1, self.users + 1), self.attempts))
        order = array("q", (1 + turn % self.users for turn in range(self.attempts)))
        rng.shuffle(order)
        return order

    @property
    def users_who_try(self) -> int:
        """Return how many different users come."""
        return min(self.users, self.attempts)


def default_users(attempts: int) -> int:
    """Return nine for ten attempts, so that some come twice."""
    return max(1, attempts * 9 // 10)
