"""What became of the queue between two pictures of it; pure functions."""

from collections.abc import Sequence

from helpdesk.database import Json


def _kept(entry: Json) -> Json:
    # Everybody behind who left moves up: that needs no telling.
    return {name: value for name, value in entry.items() if name != "position"}


def changes(before: Sequence[Json], after: Sequence[Json]) -> Json | None:
    """Return what is `gone` and the new and changed `entries`, or None where only the whole queue says it.

    Who takes out what is gone and what has changed, puts the entries in at their positions, first first, and counts
    anew has `after`.
    """
    old = {entry["conversation"]: _kept(entry) for entry in before}
    new = {entry["conversation"]: _kept(entry) for entry in after}
    changed = [entry for entry in after if old.get(entry["conversation"]) != new[entry["conversation"]]]
    moved = {entry["conversation"] for entry in changed}
    stayed_before = [conversation for conversation in old if conversation in new and conversation not in moved]
    stayed_after = [conversation for conversation in new if conversation not in moved]
    if stayed_before != stayed_after:
        return None
    return {"gone": [conversation for conversation in old if conversation not in new], "entries": changed}


def apply(before: Sequence[Json], change: Json) -> list[Json]:
    """Return the queue after a change, as the desk's page works it out (web/desk/src/state/queue_changes.ts)."""
    taken_out = {*change["gone"], *(entry["conversation"] for entry in change["entries"])}
    rows = [entry for entry in before if entry["conversation"] not in taken_out]
    for entry in change["entries"]:
        rows.insert(entry["position"] - 1, entry)
    return [{**entry, "position": position} for position, entry in enumerate(rows, start=1)]
