"""How long a failed delivery waits, and when it is given up: pure functions of the number of attempts and of time."""

from datetime import datetime, timedelta

MOST_ATTEMPTS = 20
LONGEST_LIFE = timedelta(hours=24)

_FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 3600.0
# A receiver may ask for more patience than we would have, but not for ever.
LONGEST_RETRY_AFTER_SECONDS = 6 * 3600.0


def pause_seconds(attempts: int, *, chance: float, retry_after: float | None = None) -> float:
    """Return the seconds to wait after `attempts` failed ones: twice as long each time, the upper half of it by chance.

    Args:
        attempts: How many have failed, 1 or more.
        chance: A random number in [0, 1): a receiver that comes back is not asked by everybody at once.
        retry_after: Seconds that the receiver asked for; at least that long is waited, within reason.
    """
    # Beyond 2**12 seconds the longest pause rules; a larger power would only overflow in the end.
    full = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 12), LONGEST_PAUSE_SECONDS)
    pause = full / 2 + chance * full / 2
    if retry_after is None:
        return pause
    return max(pause, min(retry_after, LONGEST_RETRY_AFTER_SECONDS))


def is_exhausted(attempts: int, *, first_due_at: datetime, next_at: datetime) -> bool:
    """Return whether a delivery is given up instead of being tried again at `next_at`."""
    return attempts >= MOST_ATTEMPTS or next_at - first_due_at > LONGEST_LIFE
