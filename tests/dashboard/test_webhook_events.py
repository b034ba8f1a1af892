"""The page's form for webhooks offers each event of which the service tells, in words."""

import re
from pathlib import Path

from pmd_service.events.changes import EVENT_NAMES

WORDS = Path(__file__).parents[2] / "web/src/features/settings/webhooks/words.ts"


def test_the_form_for_webhooks_offers_each_event_once() -> None:
    offered = re.findall(r'\["(\w+\.\w+)", t`', WORDS.read_text())
    assert sorted(offered) == sorted(EVENT_NAMES)
