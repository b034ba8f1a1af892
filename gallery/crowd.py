"""Other users' comments and reactions, as rows."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from . import words


def comments(rng: random.Random, born: Mapping[int, datetime], authors: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """A few on most posts, many on some; some are anonymous, some hidden or deleted.

    Args:
        born: when each post was made, by its number.

    Returns:
        Number, post, author, text, whether a moderator hid it, its owner deleted it or a moderator did, and when.
    """
    for post, moment in born.items():
        for _ in range(min(int(rng.expovariate(0.25)), 40)):
            unwelcome = rng.random() < 0.05
            fate = rng.choice((1, 2, 3)) if unwelcome else 0
            yield (
                UUID(int=rng.getrandbits(128), version=4),
                post,
                None if rng.random() < 0.06 else rng.choice(authors),
                rng.choice(words.UNWELCOME if unwelcome else words.COMMENTS),
                *(fate == 1, fate == 2, fate == 3),
                _later(rng, moment),
            )


def reactions(rng: random.Random, born: Mapping[int, datetime], users: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Post, user, emoji, and when."""
    for post, moment in born.items():
        count = min(int(rng.lognormvariate(1.8, 1.0)), 200)
        for emoji in rng.choices(words.EMOJI, words.EMOJI_WEIGHTS, k=count):
            yield post, rng.choice(users), emoji, _later(rng, moment)


def _later(rng: random.Random, moment: datetime) -> datetime:
    """Some time after ``moment``, soon rather than late, and not in the future."""
    return moment + (datetime.now(UTC) - moment) * rng.random() ** 3
