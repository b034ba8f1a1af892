"""The command ``pmd`` where nobody is: without a terminal, a home or an answer, as in a cron job."""

import asyncio
import subprocess
import sys

import pytest

from ..site import Api, Site
from ..uploads.pictures import picture
from .conftest import Pmd


async def run_as_cron(pmd: Pmd, line: str, **environ: str) -> tuple[int | None, str]:
    """A line of the shell, with “pmd” in it; its exit code, and what it reports."""
    script = f'pmd() {{ {sys.executable} -m pmd_cli "$@"; }}; {line}'
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", script), env=pmd.environ | environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


@pytest.mark.parametrize("line", ["pmd posts delete --all", "pmd posts delete --all <&-"])
async def test_question_that_nobody_can_answer_is_wrong_usage(pmd: Pmd, site: Site, artist: int, line: str) -> None:
    await site.add_post(artist)
    code, errors = await run_as_cron(pmd, line)
    assert (code, errors.endswith("Error: Nobody can answer here: repeat it with --yes.\n")) == (2, True), errors
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE deleted_by_user") == 0


async def test_output_that_a_full_disk_does_not_take_is_a_failure(pmd: Pmd, site: Site, artist: int) -> None:
    await site.add_post(artist)
    code, errors = await run_as_cron(pmd, "pmd ls posts --json > /dev/full", PYTHONUNBUFFERED="")
    assert (code, errors.count("\n"), errors.startswith("There is no room")) == (1, 1, True), errors


async def test_home_that_is_no_folder_has_no_login(nobody: Pmd) -> None:
    code, errors = await run_as_cron(nobody, "pmd ls", HOME="/dev/null")
    assert (code, errors.startswith("You are not signed in")) == (3, True), errors


async def test_names_that_the_systems_encoding_lacks_are_a_sentence(pmd: Pmd, site: Site, artist: int) -> None:
    asset = await site.add_asset(artist, picture(1), name="caf\u00e9.png")
    ascii_only = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for line in (f"pmd get {asset} -o {pmd.home}", f"pmd mirror {pmd.home}/mirror --only library"):
        code, errors = await run_as_cron(pmd, line, **ascii_only)
        assert (code, errors.endswith(r"caf\xe9.png' has letters that ascii lacks: set PYTHONUTF8=1." "\n")) == (
            1,
            True,
        ), errors


async def test_mirror_of_what_the_key_may_not_read_exits_with_3(pmd: Pmd, api: Api, artist: int) -> None:
    made = await api.post(
        "/api/pmd/keys", {"name": "cron", "scopes": ["posts:read"], "expires_in_days": 1}, user=artist
    )
    pmd.key = made.json["secret"]
    ran = await pmd("mirror", str(pmd.home / "mirror"))
    assert (ran.code, ran.err) == (3, "This access key may not do that: it lacks “library:read”.\n")
