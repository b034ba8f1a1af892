"""What the page cuts off is what the service refuses: its limits of texts are the service's."""

import re
from pathlib import Path

from pmd_service.imports import rows as imports
from pmd_service.posts.bulk import rows as bulk
from pmd_service.site.texts import MAX_ALT_TEXT, MAX_DESCRIPTION, MAX_HASHTAGS, MAX_TAG, MAX_TITLE

SOURCES = Path(__file__).parents[2] / "web/src"
PAGE = SOURCES / "features/posts/texts.ts"


def test_the_page_has_the_services_limits_of_posts_texts() -> None:
    """A hashtag of 51 to 64 characters was taken by the page, and refused by the service."""
    limits = re.search(r"LIMITS = \{(.*?)\}", PAGE.read_text())
    assert limits is not None
    assert {name: int(number) for name, number in re.findall(r"(\w+): (\d+)", limits[1])} == {
        "title": MAX_TITLE,
        "description": MAX_DESCRIPTION,
        "alt": MAX_ALT_TEXT,
        "hashtags": MAX_HASHTAGS,
        "hashtag": MAX_TAG,
    }


def test_the_page_offers_an_undo_as_long_as_the_service_keeps_it() -> None:
    days = re.search(r"UNDO_DAYS = (\d+)", (SOURCES / "data/undoDays.ts").read_text())
    assert days is not None
    assert int(days[1]) == bulk.KEEP_DAYS == imports.KEEP_DAYS
    for page in ("features/posts/BulkDialog.tsx", "features/settings/moving/ImportChoices.tsx"):
        assert "30" not in (SOURCES / page).read_text(), page
