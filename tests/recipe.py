"""CONTRIBUTING.md's recipes, whose blocks the tests take as they are."""

import re
import textwrap

from .forked import ROOT


def blocks(title: str, language: str) -> list[str]:
    """The blocks of this language in the section of this title."""
    section = (ROOT / "CONTRIBUTING.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", section, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) if indent else block for indent, block in found]
