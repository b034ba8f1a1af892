"""The commands of a documentation page, as they stand there: nothing is copied into a test."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"


def commands(page: str, heading: str) -> str:
    """The ``sh`` blocks below a heading, up to the next heading."""
    text = (OPERATIONS / page).read_text()
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    return "".join(re.findall(r"^```sh\n(.*?)^```$", re.split(r"^#+ ", section, flags=re.MULTILINE)[0], re.M | re.S))


def run_documented(script: str, *, at: Mapping[str, Path], env: Mapping[str, str], user: str | None = None) -> str:
    """Run them in one shell, as a user, with folders put in the place of the page's own; their output."""
    for name, folder in at.items():
        script = re.sub(rf"(?<![\w/]){name}\b", str(folder), script)
    done = subprocess.run(["bash", "-euc", script], env=env, user=user, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
