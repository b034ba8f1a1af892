"""The commands of a documentation page, as they stand there: nothing is copied into a test."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"


def commands(page: str, heading: str) -> str:
    """The ``sh`` blocks below a heading, up to the next heading."""
    # The comments of other blocks look like headings.
    text = re.sub(r"^```(?!sh$)\w+\n.*?^```$", "", (OPERATIONS / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    return "".join(re.findall(r"^```sh\n(.*?)^```$", re.split(r"^#+ ", section, flags=re.MULTILINE)[0], re.M | re.S))


def run_documented(
    script: str,
    *,
    at: Mapping[str, Path | str],
    env: Mapping[str, str],
    user: str | None = None,
    inside: Sequence[str] = (),
) -> str:
    """Run them in one shell, as a user, with folders or addresses put in the place of the page's own; their output.

    ``inside`` is a command that runs another one elsewhere, and as root: the shell changes the user there.
    """
    for name, here in at.items():
        script = re.sub(rf"(?<![\w/]){name}\b", str(here), script)
    as_user = ["runuser", "-u", user, "--"] if user and inside else []
    command, own = [*inside, *as_user, "bash", "-euc", script], None if inside else user
    done = subprocess.run(command, env=env, user=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
