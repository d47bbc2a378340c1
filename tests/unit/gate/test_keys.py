"""The key family of an event lives in one slot, apart from every other event's."""

from eventrush.gate import keys


def test_all_keys_of_an_event_share_its_hash_tag() -> None:
    family = keys.of_event("spring-sale").all
    assert len(set(family)) == len(family)
    assert all(key.startswith("{event:spring-sale}:") for key in family)


def test_keys_of_two_events_never_meet() -> None:
    assert not set(keys.of_event("a").all) & set(keys.of_event("a-b").all)


def test_the_registry_is_no_event_s_key() -> None:
    assert "{" not in keys.REGISTRY
