"""The page and the service mean the same by each name."""

import re
from pathlib import Path

from pmd_service.jobs import KINDS

from .types import generate_types

_WORDS = Path(__file__).parents[2] / "web/src/features/console/words.ts"


def test_page_types_and_schemas_are_current() -> None:
    for path, text in generate_types().items():
        assert path.read_text() == text, f"{path.name} is not what the API says: run “make types”"
        assert "v.picklist" not in text, "an open page refuses the answers of a newer service"


def test_the_console_has_a_name_for_each_kind_of_work() -> None:
    named = {*re.findall(r"^  (\w+): \[t`", _WORDS.read_text(), re.MULTILINE)}
    assert named == {kind.name for kind in KINDS}
