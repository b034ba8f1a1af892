"""“Did you mean”: where nothing was found, the nearest words of what the user has (rapidfuzz's OSA distance).

In a thread: comparing words.
"""

import asyncio
import re
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..base.database import Connection
from .conditions import Subject, read_search

# The newest rows whose words are compared, and how similar a word must be: one letter of four, two of eight.
MAX_ROWS = 2_000
MIN_SIMILARITY = 0.7
# More words are no mistyped search, and each is compared with thousands.
MAX_WORDS = 5


async def suggest(connection: Connection, subject: Subject, text: str, *, owner_id: int) -> str | None:
    """The same search with its unknown words replaced by similar ones that find something; None without any."""
    search = await read_search(connection, subject, text, owner_id=owner_id)
    if not 0 < len(search.words) <= MAX_WORDS:
        return None
    prefix = len(f"{owner_id}/")
    rows = await connection.fetch(subject.newest, owner_id, MAX_ROWS)
    known = [word for row in rows if (word := row[0][prefix:])[:1].isalnum()]
    corrected = await asyncio.to_thread(_corrected, text, search.words, known)
    if corrected is None:
        return None
    query = (await read_search(connection, subject, corrected, owner_id=owner_id)).query
    return corrected if query and await connection.fetchval(subject.exists, query) else None


def _corrected(text: str, words: Sequence[str], known: Sequence[str]) -> str | None:
    """The text with the nearest known words; None if a word resembles none, or all are known."""
    before = text
    for word in words:
        typed = word.lower()
        if any(each.startswith(typed) for each in known):
            continue
        best = process.extractOne(typed, known, scorer=OSA.normalized_similarity, score_cutoff=MIN_SIMILARITY)
        if best is None:
            return None
        text = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", best[0], text)
    return text if text != before else None
