"""A sliding-window limit on how often one key may do something."""

import math
from collections import deque
from collections.abc import Callable

# Keys that have been idle are forgotten once this many are known.
_MOST_KEYS = 50_000


class RateLimitedError(Exception):
    """Too often; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        """Keep how long to wait."""
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class RateLimiter:
    """Allows `most` uses a key within `seconds`; refused uses do not count."""

    def __init__(self, *, most: int, seconds: float, now: Callable[[], float]) -> None:
        """Start with nothing used; `now` is a monotonic clock in seconds."""
        self._most = most
        self._seconds = seconds
        self._now = now
        self._uses: dict[str, deque[float]] = {}
        self._forget_at = 0.0

    def use(self, key: str) -> None:
        """Count one use.

        Raises:
            RateLimitedError: The key has used up its allowance.
        """
        at = self._now()
        uses = self._uses.setdefault(key, deque())
        while uses and uses[0] <= at - self._seconds:
            uses.popleft()
        if len(uses) >= self._most:
            raise RateLimitedError(max(1, math.ceil(uses[0] + self._seconds - at)))
        uses.append(at)
        if len(self._uses) > _MOST_KEYS and at >= self._forget_at:
            self._forget_at = at + self._seconds
            self._forget_idle(at)

    def _forget_idle(self, at: float) -> None:
        idle = [key for key, uses in self._uses.items() if not uses or uses[-1] <= at - self._seconds]
        for key in idle:
            del self._uses[key]
