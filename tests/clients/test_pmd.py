"""The command ``pmd``: signing in, what it prints, and its exit codes."""

import asyncio
import inspect
import json
import os
import re
import resource
import stat
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from pmd_cli import __version__
from pmd_cli.main import ADMIN, COMMANDS
from pmd_cli.main import pmd as command
from pmd_cli.posts import MAX_IDS
from pmd_cli.push.command import run_push
from pmd_cli.push.paths import normalized_path
from pmd_cli.session import Login, explained
from pmd_cli.watch import watch
from pmd_sdk import AsyncClient, PmdError
from pmd_sdk.events import Event
from pmd_sdk.models import Defaults

from pmd_service.downloads.queries import NEWEST
from pmd_service.ops.cli import main as admin
from pmd_service.uploads import paths as of_the_service

from ..forked import ROOT
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..uploads.pictures import picture
from .conftest import Pmd, make_key

VERSIONS = ("pyproject.toml", "clients/python/pyproject.toml", "clients/cli/pyproject.toml")


@pytest.mark.parametrize("how", ["option", "option of all", "environment"])
async def test_login_keeps_a_key_that_is_given(nobody: Pmd, api: Api, artist: int, how: str) -> None:
    _, secret = await make_key(api, artist)
    arguments, environ = {
        "option": (["login", nobody.url, "--key", secret], {}),
        "option of all": (["--key", secret, "login", nobody.url], {}),
        "environment": (["login", nobody.url], {"PMD_KEY": secret}),
    }[how]
    done = await nobody(*arguments, env=environ)
    assert (done.code, done.out.startswith(f"Signed in as artist at {nobody.url}.")) == (0, True), done
    (file,) = nobody.home.rglob("login.json")
    assert json.loads(file.read_bytes())["key"] == secret


async def test_login_gets_a_key_by_the_device_flow_and_logout_revokes_it(
    nobody: Pmd, api: Api, artist: int, site: Site
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pmd_cli", "login", nobody.url, "--name", "my laptop"),
        env=nobody.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(HANG_SECONDS):
        output_line = (await process.stderr.readline()).decode()
        code = re.findall(r"enter (\S+)$", output_line)[0]
        approved = await api.post(f"/api/pmd/device/{code}", {"approve": True}, user=artist)
        assert approved.status == 204, approved
        output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b""), errors
    (file,) = nobody.home.rglob("login.json")
    assert output.decode() == f"Signed in as artist at {nobody.url}. The key is in {file}.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_bytes())["key"].startswith("pmd_")
    await site.add_post(artist, title="Gulls")
    assert [post["title"] for post in (await nobody.well("ls", "posts", "--json")).lines] == ["Gulls"]
    assert "my laptop" in (await nobody.well("keys", "list")).out
    # The key goes only where it is from.
    elsewhere = await nobody("ls", env={"PMD_URL": "http://127.0.0.1:1"})
    assert (elsewhere.code, elsewhere.err.startswith("You are not signed in")) == (3, True)
    await nobody.well("logout")
    assert not file.exists()
    (key,) = (await api.get("/api/pmd/keys", user=artist)).json["items"]
    assert key["revoked_at"] is not None


async def test_exit_codes_say_what_kind_of_failure_it_was(nobody: Pmd, pmd: Pmd, api: Api, artist: int) -> None:
    signed_out = {"PMD_KEY": "", "PMD_URL": ""}
    for code, arguments, env, message in (
        (2, ["posts", "hide"], {}, "Name posts by their ids, or by a filter, or --all."),
        (2, ["nonsense"], {}, "No such command"),
        (3, ["ls"], signed_out, "You are not signed in"),
        (3, ["ls"], {"PMD_KEY": "pmd_nonsense"}, "Sign in again"),
        (3, ["ls"], {"PMD_KEY": "pmd_of_a_file\r\n"}, "Sign in again"),
        (3, ["ls"], {"PMD_KEY": "pmd_…ünsense"}, "no key has such characters"),
        (3, ["ls"], {"PMD_KEY": "pmd_two\npmd_keys"}, "no key has such characters"),
        (1, ["posts", "hide", "999"], {}, "There is no such post: 999."),
        (5, ["--retry", "0", "ls"], {"PMD_URL": "http://127.0.0.1:1"}, "cannot be reached"),
        (5, ["--retry", "0", "ls"], {"PMD_URL": "http://127.0.0.1:1\r\n"}, "cannot be reached"),
        (2, ["ls"], {"PMD_URL": "http://127.0.0\r.1:1"}, "is not the address of a service"),
    ):
        ran = await pmd(*arguments, env=env)
        assert (ran.code, ran.out) == (code, ""), (arguments, ran)
        assert message in ran.err, (arguments, ran)
        assert "Traceback" not in ran.err
    _key_id, secret = await make_key(api, artist)
    refused = await pmd("keys", "revoke", "1", env={"PMD_KEY": secret})
    assert (refused.code, refused.err.startswith("An access key may not see or revoke others")) == (3, True)


async def test_command_prints_once_that_it_retries(nobody: Pmd) -> None:
    waited = await nobody("--retry", "2", "ls", env={"PMD_URL": "http://127.0.0.1:1", "PMD_KEY": "pmd_key"})
    assert (waited.code, waited.err.count("cannot be reached"), waited.err.count("Retrying …")) == (5, 2, 1)


async def test_posts_are_changed_by_a_filter_in_one_job(pmd: Pmd, site: Site, artist: int) -> None:
    posts = [await site.add_post(artist, title=title) for title in ("By the sea", "Sea again", "Hills")]
    dry = await pmd.well("posts", "hide", "-q", "sea", "--dry-run")
    assert dry.out == "2 posts would be changed.\n"
    hidden = await pmd.well("posts", "hide", "-q", "sea", "--json")
    assert [(line["status"], line["changed_count"]) for line in hidden.lines] == [("completed", 2)]
    assert await site.pool.fetchval("SELECT array_agg(id ORDER BY id) FROM posts WHERE hidden_by_user") == posts[:2]
    await pmd.well("posts", "undo", str(hidden.lines[0]["id"]))
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE hidden_by_user") == 0
    licensed = await pmd.well("posts", "license", "cc-by-4.0", "--all")
    assert licensed.out == "3 of 3 posts changed: change 3.\n"
    await pmd.well("posts", "tag", "--add", "blue", str(posts[2]))
    await pmd.well("posts", "edit", str(posts[2]), "--title", "Green hills")
    await pmd.well("posts", "edit", str(posts[2]), "--description", "By the lake")
    (post,) = (await pmd.well("posts", "list", "--hashtag", "blue", "--json")).lines
    assert (post["title"], post["license_identifier"]) == ("Green hills", "CC-BY-4.0")
    assert post["description"] == "By the lake"
    await pmd.well("posts", "edit", str(posts[2]), "--description", "")
    shown = "SELECT title, description FROM posts WHERE id = $1"
    assert tuple(await site.pool.fetchrow(shown, posts[2]) or ()) == ("Green hills", None)
    refused = await pmd("posts", "delete", str(posts[0]))
    assert refused.code == 2  # nobody is there to answer
    await pmd.well("posts", "delete", "--yes", str(posts[0]))
    assert len((await pmd.well("ls", "posts", "--json")).lines) == 2


@pytest.mark.parametrize("change", [("tag", "--add", "blue"), ("license", "cc-by-4.0"), ("hide",)])
async def test_more_posts_are_named_than_one_call_takes(
    pmd: Pmd, site: Site, artist: int, change: tuple[str, ...]
) -> None:
    posts = await site.add_posts(artist, MAX_IDS + 2)
    changed = await pmd.well("posts", *change, *map(str, posts))
    assert changed.out == f"{len(posts)} posts changed.\n"


async def test_files_are_pushed_listed_and_downloaded(pmd: Pmd, tmp_path: Path, site: Site) -> None:
    folder = tmp_path / "dragons"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(picture(number))
    dry = await pmd.well("push", str(folder), "--dry-run", "--json")
    assert [line["verdict"] for line in dry.lines] == ["new"] * 3
    assert await site.pool.fetchval("SELECT count(*) FROM batch_reports") == 0
    assert (await pmd.well("push", str(folder))).out == "3 new\n"
    listed = (await pmd.well("ls", "--json")).lines
    assert sorted(line["name"] for line in listed) == ["0.png", "1.png", "2.png"]
    target = tmp_path / "back"
    await pmd.well("get", *(str(line["id"]) for line in listed), "-o", str(target))
    assert {file.name: file.read_bytes() for file in target.iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }
    again = (await pmd.well("get", "-q", "1", "-o", str(target), "--json")).lines
    assert [line["was_there"] for line in again] == [True]


async def test_dry_runs_write_nothing_and_print_json(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    asset = await site.add_asset(artist, picture(), name="0.png", approved=True)
    folder, archive = str(tmp_path / "files"), str(tmp_path / "some.zip")
    built = await pmd.well("pack", "build", "Seaside", str(asset), "--license", "royalty_free", "--json")
    pack_id = built.lines[0]["id"]
    for arguments, line in (
        (["get", str(asset), "--zip", archive], {"file": archive}),
        (["pack", "build", "Hills", str(asset), "--license", "royalty_free"], {"id": None, "edition": 1}),
        (["pack", "build", "Seaside"], {"id": pack_id, "edition": 2}),
        (["pack", "publish", str(pack_id)], {"pack_id": pack_id, "name": "Seaside"}),
        (["takeout"], {"id": None}),
    ):
        assert (await pmd.well(*arguments, "--dry-run", "--json")).lines == [line], arguments
    await pmd.well("get", str(asset), "-o", folder, "--dry-run")
    assert not (Path(folder).exists() or Path(archive).exists())
    (tmp_path / "art").mkdir()
    for name, content, code in (("empty.png", b"", 1), ("1.png", picture(1), 4)):
        (tmp_path / "art" / name).write_bytes(content)
        assert (await pmd("push", str(tmp_path / "art"), "--dry-run")).code == code, name
    refused = await pmd("posts", "hide", "999", "--dry-run")
    assert (refused.code, refused.out) == (1, ""), refused


async def test_all_downloads_are_listed_and_not_one_page(pmd: Pmd, site: Site, artist: int) -> None:
    post = await site.add_post(artist)
    for _ in range(NEWEST + 2):
        await site.add_request(artist, [post])
    assert len((await pmd.well("ls", "downloads", "--json")).lines) == NEWEST + 2
    assert len((await pmd.well("ls", "downloads", "--limit", str(NEWEST + 1), "--json")).lines) == NEWEST + 1


async def test_what_is_missing_keeps_nothing_else_from_download(
    pmd: Pmd, site: Site, artist: int, tmp_path: Path
) -> None:
    files = [await site.add_asset(artist, picture(number), name=f"{number}.png") for number in range(2)]
    post = await site.add_post(artist, picture(7), title="Gulls")
    ran = await pmd("get", str(files[0]), "999", str(files[1]), "-o", str(tmp_path / "files"))
    assert (ran.code, ran.err) == (4, f"There is no file 999.\n2 files are in {tmp_path / 'files'}.\n")
    assert sorted(file.name for file in (tmp_path / "files").iterdir()) == ["0.png", "1.png"]
    ran = await pmd("get", "--posts", "999", str(post), "-o", str(tmp_path / "posts"))
    assert (ran.code, ran.err) == (4, f"There is no post 999.\n1 file is in {tmp_path / 'posts'}.\n")
    ran = await pmd("get", "999", str(files[0]), "--zip", str(tmp_path / "some.zip"))
    assert (ran.code, zipfile.ZipFile(tmp_path / "some.zip").namelist()) == (4, ["0.png"]), ran
    for arguments in (["999"], ["--posts", "999"], ["999", "--zip", str(tmp_path / "none.zip")]):
        ran = await pmd("get", *arguments, "-o", str(tmp_path / "none"))
        assert (ran.code, ran.err.startswith("There is no ")) == (1, True), ran


async def test_a_pack_is_built_published_and_downloaded(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    ids = [
        str(await site.add_asset(artist, picture(number), name=f"{number}.png", approved=True)) for number in range(2)
    ]
    missing = await pmd("pack", "build", "Seaside")
    assert (missing.code, "name files for it, and a --license" in missing.err) == (2, True)
    built = await pmd.well("pack", "build", "Seaside", *ids, ids[0], "--license", "royalty_free", "--json")
    assert (built.lines[0]["edition"], built.lines[0]["asset_count"]) == (1, 2)
    pack_id = str(built.lines[0]["id"])
    assert (await pmd.well("pack", "publish", pack_id)).out.startswith("http")
    got = await pmd.well("pack", "get", pack_id, "-o", str(tmp_path / "seaside.zip"), "--json")
    assert got.lines[0]["size_bytes"] == (tmp_path / "seaside.zip").stat().st_size
    assert (tmp_path / "seaside.zip").read_bytes()[:2] == b"PK"
    assert (await pmd.well("pack", "build", "Seaside")).out.startswith("Edition 2 of Seaside is built: 2 files")
    assert len((await pmd.well("pack", "list", "--json")).lines) == 1


async def test_takeout_is_made_and_downloaded(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    await site.add_posts(artist, 3)
    assert (await pmd.well("takeout", "--dry-run")).out == "A takeout would be requested.\n"
    nowhere = await pmd("takeout", "-o", str(tmp_path / "none" / "all.zip"))
    assert (nowhere.code, nowhere.err) == (1, f"No file can be written into {tmp_path / 'none'}.\n")
    ran = await pmd.well("takeout", "-o", str(tmp_path / "all.zip"), "--json")
    assert ran.lines[0]["size_bytes"] == (tmp_path / "all.zip").stat().st_size
    again = await pmd("takeout")
    assert (again.code, f"downloaded by --id {ran.lines[0]['id']}." in again.err) == (1, True), again.err
    unknown = await pmd("takeout", "--id", "0b0c6a52-6a1e-4f0e-9d3a-5b2f7c1d8e90")
    assert (unknown.code, unknown.err) == (1, "There is no such takeout.\n")


async def test_takeout_that_is_being_rebuilt_is_waited_for(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    await site.add_post(artist, data=b"pixels of one")
    await pmd.well("takeout", "-o", str(tmp_path / "first.zip"))
    post = await site.pool.fetchval("SELECT id FROM posts")
    (site.vault / f"art/{post}.png").write_bytes(b"pixels of ONE")  # in place
    takeout_id = await site.pool.fetchval("SELECT id FROM takeouts")
    ran = await pmd.well("takeout", "--id", str(takeout_id), "-o", str(tmp_path / "all.zip"))
    assert (ran.err.count("is being rebuilt"), b"pixels of ONE" in (tmp_path / "all.zip").read_bytes()) == (1, True)


async def test_takeout_has_the_parts_that_are_named(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    await site.add_posts(artist, 3)
    await pmd.well("takeout", "-o", str(tmp_path / "some.zip"), "--part", "posts", "--part", "drafts")
    names = zipfile.ZipFile(tmp_path / "some.zip").namelist()
    assert ("data/posts.jsonl" in names, "data/drafts.jsonl" in names, "data/files.jsonl" in names) == (
        True,
        True,
        False,
    )


async def test_a_folder_comes_as_one_zip(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    for number, path in enumerate(("sea/a.png", "sea/deep/b.png", "land/c.png")):
        await site.add_asset(artist, picture(number), original_path=path, name=path.rpartition("/")[2])
    target = tmp_path / "sea.zip"
    ran = await pmd.well("get", "--folder", "sea", "--zip", str(target), "--json")
    assert ran.lines[0]["size_bytes"] == target.stat().st_size
    assert sorted(zipfile.ZipFile(target).namelist()) == ["sea/a.png", "sea/deep/b.png"]
    await pmd.well("get", "--folder", "land", "-o", str(tmp_path / "land"))
    assert [file.name for file in (tmp_path / "land").iterdir()] == ["c.png"]
    assert (await pmd("get", "7", "--folder", "sea")).code == 2
    assert (await pmd("get", "--posts", "7", "--zip", "x.zip")).code == 2
    assert (await pmd("--url", "makapix.club", "get", "7")).code == 2


async def test_watch_tells_events_as_they_happen(pmd: Pmd, site: Site, api: Api, artist: int) -> None:
    post = await site.add_post(artist)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pmd_cli", "watch", "--json", "--event", "connected", "--event", "post_update"),
        env=pmd.environ,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(HANG_SECONDS):
        assert json.loads(await process.stdout.readline())["event"] == "connected"
        await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post]}, user=artist)
        event = json.loads(await process.stdout.readline())
        process.terminate()
        await process.communicate()
    assert (event["event"], event["data"]["id"]) == ("post_update", post)


@pytest.mark.parametrize(("events", "shown"), [((), ["connected", "post_update"]), (("post_update",), ["post_update"])])
async def test_watch_shows_all_events_or_the_named_ones(
    events: tuple[str, ...], shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    class Client:
        async def get_sse(self) -> AsyncIterator[Event]:
            for number, name in enumerate(("connected", "post_update")):
                yield Event(event=name, data=f'{{"number": {number}}}', id=str(number))

    assert watch.callback is not None
    show = inspect.unwrap(watch.callback)
    await show(Client(), events, as_json=False)
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()] == shown
    await show(Client(), events, as_json=True)
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == shown


async def test_upload_whose_key_was_revoked_resumes_with_another_key(
    pmd: Pmd, api: Api, artist: int, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "dragons"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.png").write_bytes(picture(number) + b"\0" * 2_000_000)
    key_id, secret = await make_key(api, artist)
    sent, opened = 0, AsyncClient.opened

    @asynccontextmanager
    async def revoking(self: AsyncClient, method: str, path: str, **options: Any) -> AsyncIterator[Any]:
        nonlocal sent
        sent += method == "PATCH"
        if method == "PATCH" and sent == 2:
            assert (await api.call("DELETE", f"/api/pmd/keys/{key_id}", user=artist)).status == 204
        async with opened(self, method, path, **options) as answer:
            yield answer

    monkeypatch.setattr(AsyncClient, "opened", revoking)
    monkeypatch.setattr("pmd_cli.push.push.PARALLEL", 1)
    with pytest.raises(PmdError) as refused:
        await run_push([folder], Login(pmd.url, secret), defaults=Defaults())
    message, code = explained(refused.value)
    assert (code, refused.value.status, message.endswith("Sign in again with “pmd login”.")) == (3, 401, True)
    monkeypatch.undo()
    assert (await pmd.well("push", str(folder))).out == "4 new\n"
    assert await site.pool.fetchval("SELECT count(*) FROM batch_reports") == 1, "it went on with the same upload"


@pytest.mark.parametrize("offset", ["+3650d", "-3650d"])
async def test_a_clock_that_is_off_by_years_hinders_nothing(
    pmd: Pmd, site: Site, artist: int, tmp_path: Path, offset: str
) -> None:
    await site.add_post(artist)
    process = await asyncio.create_subprocess_exec(
        *("faketime", "-f", offset, sys.executable, "-m", "pmd_cli", "mirror", str(tmp_path / "mirror")),
        env=pmd.environ,
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert (process.returncode, output.decode()[:6]) == (0, "1 new;")


def test_version_starts_without_what_only_commands_need() -> None:
    script = "import sys; from pmd_cli.main import main\ntry: main(['--version'])\nfinally: print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "pmd_cli.main" in loaded
    assert loaded.isdisjoint({"httpx", "msgspec", "rich", "watchfiles", "asyncio", "importlib.metadata", "pmd_sdk"})


def test_clients_have_at_most_8_dependencies_and_one_version() -> None:
    projects = {name: tomllib.loads((ROOT / name).read_text())["project"] for name in VERSIONS}
    assert {project["version"] for project in projects.values()} == {__version__}
    needed = [each for name in VERSIONS[1:] for each in projects[name]["dependencies"]]
    assert len(needed) <= 8
    assert f"pmd-sdk=={projects[VERSIONS[0]]['version']}" in needed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_complete_the_commands(shell: str) -> None:
    script = CliRunner().invoke(command, ["completion", shell]).output
    assert "_PMD_COMPLETE" in script
    completed = subprocess.run(
        [sys.executable, "-c", "from pmd_cli.main import main; main([])"],
        env=os.environ | {"_PMD_COMPLETE": "bash_complete", "COMP_WORDS": "pmd m", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout == "plain,mirror\n"


# A person signs in; a script of a shell is none of JSON.
WITHOUT_JSON = {"pmd login", "pmd logout", "pmd completion"}


def test_every_command_prints_json() -> None:
    def leaves(each: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(each, click.Group):
            yield path, each
            return
        for name in each.list_commands(ctx):
            found = each.get_command(ctx, name)
            assert found is not None
            yield from leaves(found, f"{path} {name}")

    ctx = click.Context(command)
    without = {path for path, leaf in leaves(command, "pmd") if all("--json" not in each.opts for each in leaf.params)}
    assert without == WITHOUT_JSON


async def test_an_edit_and_a_revoked_key_are_printed_as_json(pmd: Pmd, site: Site, api: Api, artist: int) -> None:
    post = await site.add_post(artist)
    planned = await pmd.well("posts", "edit", str(post), "--title", "Green hills", "--json", "--dry-run")
    assert planned.lines == [{"id": post, "set": {"title": "Green hills"}}]
    assert (await pmd.well("posts", "edit", str(post), "--title", "Hills", "--json")).lines[0]["affected_count"] == 1
    key, _secret = await make_key(api, artist)
    for extra, is_revoked in (["--dry-run"], False), ([], True):
        (revoked,) = (await pmd.well("keys", "revoke", str(key), "--json", *extra)).lines
        assert (revoked["id"], revoked["revoked_at"] is not None) == (key, is_revoked)


async def test_names_that_are_one_in_the_library_are_reported(pmd: Pmd, tmp_path: Path) -> None:
    folder = tmp_path / "art"
    folder.mkdir()
    for number, name in enumerate(("caf\u00e9.png", "cafe\u0301.png", "sea.png")):
        (folder / name).write_bytes(picture(number))
    note = r"one name in the library for 2 here ('art/cafe\u0301.png', 'art/caf\xe9.png'); each file is sent."
    for options in (["--dry-run"], []):
        assert (await pmd.well("push", str(folder), *options)).err.count(note) == 1
    paths = sorted(line["name"] for line in (await pmd.well("ls", "--json")).lines)
    assert paths == ["caf\u00e9.png", "caf\u00e9.png", "sea.png"]
    await pmd.well("mirror", str(tmp_path / "mirror"), "--only", "library")
    mirrored = [file.read_bytes() for file in (tmp_path / "mirror" / "library" / "art").glob("*.png")]
    assert sorted(mirrored) == sorted(map(picture, range(3)))


async def test_watch_refuses_the_name_of_no_event(pmd: Pmd) -> None:
    ran = await pmd("watch", "--event", "post_updated")
    assert (ran.code, "'post_update'" in ran.err, "'post_updated' is not one of" in ran.err) == (2, True, True), ran


async def test_two_files_of_strange_names_are_shown_differently(pmd: Pmd, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"a{chr(number)}.png").write_bytes(b"no picture %d" % number)
        (tmp_path / f".b{chr(number)}.png").touch()
    ran = await pmd("push", str(tmp_path))
    top = tmp_path.name
    refused = [line.partition(": ")[0] for line in ran.out.splitlines()]
    assert refused[:2] == [f"'{top}/a\\x01.png'", f"'{top}/a\\x02.png'"]
    assert [f"'{top}/.b\\x0{number}.png': left out" in ran.err for number in (1, 2)] == [True, True]


def test_every_command_explains_itself() -> None:
    for name in COMMANDS:
        ran = CliRunner().invoke(command, [name, "--help"])
        assert (ran.exit_code, name in ran.output) == (0, True), ran.output


def test_operators_commands_answer_for_one_release(tmp_path: Path) -> None:
    """Whichever of the two wheels owns ``bin/pmd``."""
    for module in ("pmd_cli.main", "pmd_service.ops.old_name"):
        script = f"import sys; sys.argv = ['pmd', 'bdr', '--help']; from {module} import main; main()"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, "Usage: pmd-admin bdr" in ran.stdout) == (0, True), ran
        assert ran.stderr.startswith("Operators' commands are pmd-admin's now")
    assert {*admin.commands} == ADMIN


def test_client_and_service_normalize_paths_alike() -> None:
    for path in (
        "cafe\u0301/a.png",
        "back\\slash.png",
        "tab\there.png",
        "\u202egnp.png",
        "\udcff.png",
        *("a" + "\u0301" * count for count in (29, 30, 31, 40)),
    ):
        assert normalized_path(path) == of_the_service.normalized_path(path)


def little_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


async def test_what_the_disk_refuses_is_a_sentence_and_goes_on_later(
    pmd: Pmd, site: Site, artist: int, tmp_path: Path
) -> None:
    data, long = os.urandom(400_000), tmp_path / f"{'a' * 300}.zip"
    asset = await site.add_asset(artist, data, name="large.png")
    getting = (sys.executable, "-m", "pmd_cli", "get", str(asset), "--into", str(tmp_path))
    full = await asyncio.to_thread(
        subprocess.run, getting, env=pmd.environ, preexec_fn=little_room, capture_output=True, text=True, check=False
    )
    target = tmp_path / "large.png"
    sentence = f"There is no room for {target}. Make room and run it again: it goes on where it stopped.\n"
    assert (full.returncode, full.stderr, target.exists()) == (1, sentence, False)
    await pmd.well("get", str(asset), "--into", str(tmp_path))
    assert target.read_bytes() == data
    assert sorted(tmp_path.glob(".pmd-*")) == []
    target.unlink()
    target.mkdir()
    for path, sentence in (
        (target, f"{target} is a folder, and not a file. Choose another name."),
        (
            tmp_path / "none" / "a.zip",
            f"The folder of {tmp_path / 'none' / 'a.zip'} does not exist. Make it, or choose another one.",
        ),
        (long, f"{long} is too long a name. Choose a shorter one."),
    ):
        with pytest.raises(OSError) as caught:
            await AsyncClient(pmd.url, pmd.key).get_asset_file(asset).save(path)
        assert explained(caught.value) == (sentence, 1)
