"""Events take turns, also over several passes and environments."""

from collections.abc import Collection

from reconcile.progress import Progress


def as_given(event_ids: Collection[str]) -> list[str]:
    return list(event_ids)


def test_those_that_were_not_served_come_first_then_those_served_longest_ago() -> None:
    progress = Progress(shuffled=as_given)
    for event_id in ("c", "a"):
        progress.serve(event_id)
    assert progress.in_turn(["a", "b", "c", "d"]) == ["b", "d", "c", "a"]


def test_a_new_environment_begins_with_any_of_them() -> None:
    event_ids = [f"e{number}" for number in range(5)]
    firsts = {Progress().in_turn(event_ids)[0] for _ in range(200)}
    assert firsts == set(event_ids)


def test_in_a_new_environment_what_is_not_settled_yet_has_changed() -> None:
    progress = Progress()
    assert progress.note_issued("e", 5, settled=4)
    assert not progress.note_issued("e", 5, settled=4), "known since"
    assert progress.note_issued("e", 6, settled=6)
    assert not progress.note_issued("another", 5, settled=5)


def test_an_event_that_no_longer_exists_is_forgotten() -> None:
    progress = Progress(shuffled=as_given)
    for event_id in ("gone", "kept"):
        progress.serve(event_id)
        progress.note_issued(event_id, 1, settled=1)
    progress.forget_all_but(["kept"])
    assert progress.in_turn(["kept", "gone"]) == ["gone", "kept"]
    assert progress.note_issued("gone", 1, settled=0)
