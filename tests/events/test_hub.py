"""What a subscriber is owed, however slowly it reads."""

from uuid import UUID

from pmd_service.events.hub import Subscriber

ONE, TWO = UUID(int=1), UUID(int=2)


async def test_a_slow_reader_is_owed_the_latest_state_of_each_request_and_no_more() -> None:
    subscriber = Subscriber()
    for number in range(10_000):
        subscriber.owe(ONE, f"state {number} of one")
        subscriber.owe(TWO, f"state {number} of two")
    assert await subscriber.next_changes() == {ONE: "state 9999 of one", TWO: "state 9999 of two"}


async def test_changes_are_told_in_the_order_in_which_they_came_last() -> None:
    subscriber = Subscriber()
    for request in (ONE, TWO, ONE):
        subscriber.owe(request, "changed")
    assert list(await subscriber.next_changes()) == [TWO, ONE]


async def test_a_request_that_a_subscriber_never_heard_of_is_not_taken_away_from_it() -> None:
    subscriber = Subscriber()
    subscriber.owe(ONE, None)
    subscriber.owe(TWO, "there")
    subscriber.owe(TWO, None)
    assert await subscriber.next_changes() == {TWO: None}
    subscriber.owe(TWO, None)
    subscriber.close()
    assert await subscriber.next_changes() == {}
