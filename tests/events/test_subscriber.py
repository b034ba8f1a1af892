"""What a subscriber is owed, however slowly it reads."""

import msgspec

from pmd_service.events.subscriber import Subscriber
from pmd_service.events.topic import Key

ONE, TWO = Key("bdr", 1), Key("bdr", 2)


class State(msgspec.Struct, frozen=True):
    """A state."""

    number: int


def subscriber(*, greeted: bool = True) -> Subscriber:
    new = Subscriber(viewer_id=1, user_id=1, kinds=["bdr"])
    if greeted:
        new.greet({})
    return new


def test_a_slow_reader_gets_only_the_latest_state_of_each_resource() -> None:
    slow = subscriber()
    for number in range(10_000):
        slow.push(ONE, State(number))
        slow.push(TWO, State(-number))
    assert slow.take() == {ONE: State(9999), TWO: State(-9999)}


def test_changes_are_sent_in_the_order_of_their_last_update() -> None:
    reader = subscriber()
    for key in (ONE, TWO, ONE):
        reader.push(key, State(0))
    assert list(reader.take()) == [TWO, ONE]


def test_what_a_subscriber_never_heard_of_is_not_taken_away_from_it() -> None:
    reader = subscriber()
    reader.push(ONE, None)
    reader.push(TWO, State(0))
    reader.push(TWO, None)
    assert reader.take() == {TWO: None}
    assert reader.known == set(), "what has been taken away is forgotten"
    reader.push(TWO, None)
    reader.end("")
    assert reader.take() == {}


def test_a_removal_that_races_the_first_snapshot_is_sent() -> None:
    reader = subscriber(greeted=False)
    reader.push(ONE, None)
    reader.push(TWO, None)
    reader.greet({ONE: State(0)})  # read before the removal
    assert reader.take() == {ONE: None}


def test_the_first_reason_to_end_is_the_one_sent() -> None:
    reader = subscriber()
    reader.end("superseded")
    reader.end("")
    assert reader.ending == "superseded"
