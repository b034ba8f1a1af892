"""What the page cuts off is what the service refuses: its limits of texts are the service's."""

import re
from pathlib import Path

from pmd_service.site.texts import MAX_ALT_TEXT, MAX_DESCRIPTION, MAX_HASHTAGS, MAX_TAG, MAX_TITLE

PAGE = Path(__file__).parents[2] / "web/src/features/posts/texts.ts"


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
