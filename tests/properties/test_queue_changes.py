"""Whatever becomes of the queue: who applies the changes has what the server has."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.desk.queue_changes import apply, changes

names = st.lists(st.sampled_from("abcdefgh"), unique=True)
previews = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["", "还没到账"]))


def queue(order: list[str], words: dict[str, str]) -> list[dict[str, object]]:
    return [
        {"conversation": name, "position": position, "preview": words.get(name, "")}
        for position, name in enumerate(order, start=1)
    ]


@given(names, previews, names, previews)
def test_applied_changes_give_the_queue_or_none_are_offered(
    order: list[str], words: dict[str, str], later_order: list[str], later_words: dict[str, str]
):
    before, after = queue(order, words), queue(later_order, later_words)

    change = changes(before, after)

    assert change is None or apply(before, change) == after


@given(names, previews, st.data())
def test_leaving_and_entering_never_need_the_whole_queue(order: list[str], words: dict[str, str], data: st.DataObject):
    stayed = [name for name in order if data.draw(st.booleans())]
    newcomer = data.draw(st.integers(min_value=0, max_value=len(stayed)))
    later = [*stayed[:newcomer], "new", *stayed[newcomer:]]

    change = changes(queue(order, words), queue(later, words))

    assert change is not None
    assert change["gone"] == [name for name in order if name not in stayed]
    assert [entry["conversation"] for entry in change["entries"]] == ["new"]


def test_whoever_only_moves_up_is_not_told_of():
    before, after = queue(["a", "b", "c"], {}), queue(["b", "c"], {})

    assert changes(before, after) == {"gone": ["a"], "entries": []}


def test_waiting_customers_who_change_places_need_the_whole_queue():
    assert changes(queue(["a", "b"], {}), queue(["b", "a"], {})) is None
