"""The console: work of any kind is found, explained, tried again, stopped and paused; so does ``pmd-admin work``."""

import subprocess
from collections import Counter
from typing import Any

import pytest
from click.exceptions import Exit
from structlog.testing import capture_logs

from pmd_service.base.settings import Settings, environment
from pmd_service.jobs import KINDS
from pmd_service.ops import work_commands
from pmd_service.ops.console.finding import Filter
from pmd_service.ops.console.orders import COMMAND, WorkRef, record_read
from pmd_service.work import lease
from pmd_service.work.breaker import State
from pmd_service.work.breaker_board import record_breaker
from pmd_service.work.context import WorkerContext
from pmd_service.work.orders import NOT_POSSIBLE
from pmd_service.work.registry import register_kinds

from .. import forked
from ..calls import CONSOLE
from ..conftest import WorkOff
from ..dashboard.types import api_document
from ..packs.test_packs import PACKS
from ..site import Api, Site
from ..upkeep import run_step
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .failures import FAILURES, fail_download, fail_downloads, fail_pack, fail_task, give_up

ROUTES = [
    (method.upper(), path, operation)
    for path, operations in api_document()["paths"].items()
    for method, operation in operations.items()
    if path.startswith(CONSOLE) and method != "head"
]


class Console:
    """An owner at the console."""

    def __init__(self, api: Api, owner: int) -> None:
        self.api, self.owner = api, owner

    async def get(self, path: str = "", **params: Any) -> Any:
        answer = await self.api.get(f"{CONSOLE}{path}", user=self.owner, params=params)
        assert answer.status == 200, answer
        return answer.json

    async def find(self, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.get("/work", **query))["items"]
        return items

    async def story(self, item: dict[str, Any]) -> Any:
        return await self.get("/story", kind=item["kind"], id=item["id"])

    async def order(self, action: str, *items: dict[str, Any]) -> int:
        rows = [{"kind": item["kind"], "id": item["id"]} for item in items]
        answer = await self.api.post(f"{CONSOLE}/{action}", {"rows": rows}, user=self.owner)
        count: int = answer.json["ordered_count"]
        return count

    async def pause(self, kind: str, *, paused: bool) -> int:
        return (await self.api.post(f"{CONSOLE}/pause", {"kind": kind, "paused": paused}, user=self.owner)).status

    async def log(self) -> list[tuple[str, str | None, str | None]]:
        return [(act["action"], act["actor"], act["outcome"]) for act in (await self.get("/log"))["items"]]


@pytest.fixture
async def console(site: Site, api: Api, worker: WorkerContext) -> Console:
    await register_kinds(worker.pool, KINDS, running_per_user=2)
    return Console(api, await site.add_user("boss", roles=["owner"]))


async def test_console_is_for_owners_and_not_for_moderators(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user("artist")
    moderator = await site.add_user("mod", roles=["user", "moderator"])
    owner = await site.add_user("boss", roles=["owner"])
    for method, path, operation in ROUTES:
        with subtests.test(route=f"{method} {path}"):
            body = next(
                (each["example"] for each in operation.get("requestBody", {}).get("content", {}).values()), None
            )
            params = {"kind": "bdr", "id": "1"} if path.endswith("story") else {}
            assert (await api.call(method, path, json=body, params=params)).status == 401
            for user in (artist, moderator):
                assert (await api.call(method, path, user=user, json=body, params=params)).status == 403
            expected = 404 if path.endswith("story") else 200
            assert (await api.call(method, path, user=owner, json=body, params=params)).status == expected
            if method == "POST":
                cookie = {"Cookie": f"access_token={api.token(owner)}"}
                assert (await api.call(method, path, json=body, headers=cookie)).status == 403


@pytest.mark.parametrize("kind", FAILURES)
async def test_console_finds_explains_and_retries_failed_work(
    site: Site, api: Api, console: Console, work_off: WorkOff, kind: str
) -> None:
    fail, title = FAILURES[kind]
    artist, other = await site.add_user("alice"), await site.add_user("bob")
    await fail(site, api, work_off, artist)
    assert await console.find(user=site.sqid(other), state="failed") == []
    (item,) = await console.find(user="alice", state="failed")
    assert (item["kind"], item["title"], item["handle"], item["next_step"]) == (kind, title, "alice", "retry")
    story = await console.story(item)
    assert item["error_message"] in [event["what"] for event in story["events"] if event["is_fault"]]
    assert story["can_retry"] and not story["can_cancel"]
    assert await console.order("retry", item) == 1
    await work_off()
    assert await console.find(user="alice", state="failed") == []
    (again,) = [each for each in await console.find(user="alice", state="ended") if each["id"] == item["id"]]
    assert (again["state"], again["error_message"]) == ("ended", None)
    assert {row["status"] for row in await site.pool.fetch("SELECT status FROM batch_reports")} <= {"completed"}
    assert await console.log() == [("retry", "boss", "done"), ("look", "boss", "done")]


def pmd(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.pmd("work", *arguments, env=environment(settings))


async def test_cli_finds_explains_and_retries_failed_work(
    site: Site, api: Api, console: Console, work_off: WorkOff, settings: Settings
) -> None:
    artist = await site.add_user("alice")
    await fail_task(site, api, work_off, artist)
    await fail_download(site, api, work_off, artist)
    (line,) = pmd(settings, "list", "--user", "alice", "--kind", "task").stdout.splitlines()
    assert "could not be done" in line
    assert "[retry]" in line
    row_id = line.split()[1]
    marked = [line for line in pmd(settings, "show", "task", row_id).stdout.splitlines() if line.startswith("! ")]
    assert any("could not be done" in line for line in marked)
    unknown = pmd(settings, "retry", "nonsense", row_id)
    assert (unknown.returncode, "no kind of work “nonsense”" in unknown.stderr) == (1, True)
    other = pmd(settings, "retry", "--all", "--kind", "email")
    assert (other.stdout, other.stderr) == ("0 retried, 0 could not be\n", ""), (
        "--kind was not heard beside the argument"
    )
    assert "no kind of work “nonsense”" in pmd(settings, "list", "--kind", "nonsense").stderr
    assert pmd(settings, "retry", "--all", "--user", "alice").stdout.splitlines() == ["2 retried, 0 could not be"]
    assert "1 waiting" in pmd(settings, "kinds").stdout
    again = pmd(settings, "retry", "task", row_id)
    assert (again.returncode, "not possible" in again.stdout) == (1, True)
    assert pmd(settings, "cancel", "task", row_id).returncode == 0
    (stopped,) = await console.find(kind="task")
    assert (stopped["code"], stopped["state"]) == ("stopped_by_operator", "failed")
    assert pmd(settings, "pause", "task").returncode == 0
    assert "paused since" in pmd(settings, "kinds").stdout
    assert pmd(settings, "resume", "task").returncode == 0
    assert "no kind of work" in pmd(settings, "pause", "nonsense").stderr
    await record_read(site.pool, COMMAND, WorkRef("task", row_id), user_id=artist)
    acts = Counter(action for action, actor, _ in await console.log() if actor is None)
    assert acts.keys() == {"look", "retry", "cancel", "pause", "resume"}
    assert acts["look"] == 1, "once in an hour"
    assert {line.split()[3] for line in pmd(settings, "log").stdout.splitlines()} == {f"{act}:" for act in acts}
    output = pmd(settings, "kinds").stdout
    assert "No worker is running: start “pmd-admin worker”." in output
    assert "disk, in bytes: files " in output


async def test_console_counts_up_to_a_limit(site: Site, console: Console, settings: Settings) -> None:
    await fail_downloads(site, artist := await site.add_user("alice"), 9_999)
    assert " 9,999 failed" in pmd(settings, "kinds").stdout
    await fail_downloads(site, artist, 2)
    assert " 10,000+ failed" in pmd(settings, "kinds").stdout


async def test_retry_all_leaves_work_that_needs_its_owner(
    site: Site, api: Api, console: Console, work_off: WorkOff
) -> None:
    artist = await site.add_user("alice")
    sender = Sender(api, artist)
    (line,) = (await sender.announce(announced("broken.png", b"\x89PNG\r\n\x1a\n not a picture"))).json["files"]
    await sender.patch(line["url"], b"\x89PNG\r\n\x1a\n not a picture")
    await work_off()
    (item,) = await console.find(state="failed", user="alice")
    assert item["next_step"] == "user"
    await console.order("retry", item)
    await work_off()
    assert [each["id"] for each in await console.find(state="failed")] == [item["id"]]
    ((action, _, outcome), *_) = await console.log()
    assert (action, outcome) == ("retry", "not possible: its state has changed, or it cannot be restarted")


async def test_retry_all_is_unbounded_and_reports_what_it_skipped(
    site: Site,
    api: Api,
    console: Console,
    work_off: WorkOff,
    worker: WorkerContext,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It ended at 1,000 rows without a word."""
    artist = await site.add_user("alice")
    await fail_pack(site, api, work_off, artist)
    earlier: int = await site.pool.fetchval("SELECT id FROM job")
    await api.post(f"{PACKS}/{await site.pool.fetchval('SELECT pack_id FROM job')}/export", {}, user=artist)
    await give_up(site, "export", earlier + 1)  # it supersedes the earlier one
    await fail_downloads(site, artist, 5)
    monkeypatch.setattr(work_commands, "BATCH", 2)
    capsys.readouterr()
    with pytest.raises(Exit), capture_logs():
        await work_commands.retry_all(worker.pool, worker.queues, worker.settings, Filter(state="failed"))
    assert capsys.readouterr().out.splitlines() == [
        f"export {earlier}: {NOT_POSSIBLE}",
        "6 retried, 1 could not be",
    ]
    assert [item["id"] for item in await console.find(state="failed")] == [str(earlier)]


async def test_timeline_covers_request_queue_worker_child_and_mail(
    site: Site, api: Api, console: Console, work_off: WorkOff
) -> None:
    artist = await site.add_user("alice", email="alice@example.org")
    post = await site.add_post(artist)
    body = {"post_ids": [post], "send_email": True}
    await api.post("/api/pmd/bdr", body, user=artist, headers={"X-Request-ID": "trace-me"})
    sender, pictures = Sender(api, artist), [picture(number) for number in range(3)]
    lines = (await sender.announce(*(announced(f"{n}.png", data) for n, data in enumerate(pictures)))).json["files"]
    for line, data in zip(lines, pictures, strict=True):
        await sender.patch(line["url"], data)
    await work_off()
    download, mail = await console.find(request="trace-me", user="alice", state="ended")
    story = await console.story(min(download, mail, key=lambda item: item["kind"]))
    places = [event["place"].split()[0] for event in story["events"]]
    assert places[0] == "server"
    assert {"queue", "worker", "mail"} <= {*places}
    assert [each["kind"] for each in story["related"]] == ["email"]
    files = await console.find(kind="probe", state="ended")
    assert len(files) == 3
    for file in files:
        events = (await console.story(file))["events"]
        seen_places = {event["place"].split()[0] for event in events}
        assert seen_places == {"server", "queue", "worker", "child"}, "also for the other rows of the attempt"
        assert [event["at"] for event in events] == sorted(event["at"] for event in events)


async def test_stopped_work_shows_its_owner_who_stopped_it(
    site: Site, api: Api, console: Console, work_off: WorkOff, worker: WorkerContext
) -> None:
    artist = await site.add_user("alice")
    post = await site.add_post(artist)
    for _ in range(2):
        await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    (kind,) = [kind for kind in KINDS if kind.name == "bdr"]
    claimed = await lease.claim(site.pool, kind)
    assert claimed is not None
    # Not due: a worker could have built it before it comes to the order.
    await site.pool.execute("UPDATE work SET turn = NULL, due_at = now() + interval '1 hour' WHERE state = 'waiting'")
    items = await console.find(user="alice")
    assert {item["state"] for item in items} == {"waiting", "running"}
    (line,) = (await Sender(api, artist).announce(announced("a.png", picture()))).json["files"]
    await console.order("cancel", *items, {"kind": "probe", "id": line["id"]})
    await work_off()
    awaited = "SELECT processing_status = 'pending' FROM batch_report_files"
    assert await site.pool.fetchval(awaited), "what waits for its sender is not work yet"
    assert not await lease.has_lease(site.pool, claimed)
    listed = (await api.get("/api/pmd/bdr", user=artist)).json["items"]
    assert [item["error_message"] for item in listed] == ["The site's operators have stopped this."] * 2
    await site.pool.execute("UPDATE work SET faults = 9, expired = 9")
    await console.order("retry", items[0])
    await run_step(worker, "operators_orders")
    waits = "SELECT state, faults, expired FROM work WHERE subject = $1"
    assert tuple(await site.pool.fetchrow(waits, items[0]["id"]) or ()) == ("waiting", 0, 0), "as if it was new"


async def test_order_on_already_restarted_work_is_refused(
    site: Site, api: Api, console: Console, work_off: WorkOff
) -> None:
    artist = await site.add_user("alice")
    await fail_pack(site, api, work_off, artist)
    earlier: int = await site.pool.fetchval("SELECT id FROM job")
    await api.post(f"{PACKS}/{await site.pool.fetchval('SELECT pack_id FROM job')}/export", {}, user=artist)
    await give_up(site, "export", earlier + 1)
    (item, _) = await console.find(user="alice", state="failed")
    # As if it had been restarted. Not due: a worker could have ended it before it comes to the order.
    other = """
        UPDATE job SET status = 'pending', completed_at = NULL, error_message = NULL, error_code = NULL WHERE id = $1"""
    await site.pool.execute(other, earlier)
    await site.pool.execute(
        """UPDATE work SET state = 'waiting', ended_at = NULL, due_at = now() + interval '1 hour' WHERE subject = $1""",
        str(earlier),
    )
    assert await console.order("retry", item) == 1
    await work_off()
    assert ("retry", "boss", NOT_POSSIBLE) in await console.log()


async def test_paused_kind_is_not_claimed_until_resumed(
    site: Site, api: Api, console: Console, work_off: WorkOff
) -> None:
    artist = await site.add_user("alice")
    post = await site.add_post(artist)
    assert await console.pause("nonsense", paused=True) == 404
    assert await console.pause("bdr", paused=True) == 200
    await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    await work_off()
    assert [item["state"] for item in await console.find(kind="bdr")] == ["waiting"]
    (kind,) = [kind for kind in (await console.get())["kinds"] if kind["name"] == "bdr"]
    assert kind["paused_at"] is not None
    assert await console.pause("bdr", paused=False) == 200
    await work_off()
    assert [item["title"] for item in await console.find(kind="bdr", state="ended")] == ["1 artwork"]
    assert [act[:2] for act in await console.log()] == [("resume", "boss"), ("pause", "boss")]


async def test_console_shows_dependency_latency_detail_and_next_probe(console: Console, worker: WorkerContext) -> None:
    needs = {each["name"]: each for each in (await console.get())["needs"]}
    assert needs["postgres"]["detail"].startswith("schema 0")
    assert needs["redis"]["detail"].endswith(" MB")
    assert needs["mail"]["detail"] == "0 waiting"
    assert all(needs[name]["answer_ms"] > 0 for name in ("postgres", "redis"))
    await record_breaker(worker.pool, "store", State.OPEN, "ConnectionError()", 5.0)
    seen = await console.get()
    (store,) = [each for each in seen["needs"] if each["name"] == "store"]
    assert (store["state"], store["error_message"]) == ("away", "ConnectionError()")
    assert store["since"] <= seen["as_of"] < store["next_try_at"]
    assert {kind["name"] for kind in seen["kinds"] if kind["waits_for"]} == {
        kind.name for kind in KINDS if "store" in kind.needs
    }
    await worker.pool.execute("UPDATE work_breakers SET seen_at = now() - interval '61 seconds'")  # its process is dead
    assert [each["state"] for each in (await console.get())["needs"] if each["name"] == "store"] == ["well"]
    await record_breaker(worker.pool, "store", State.OPEN, "ConnectionError()", 5.0)
    await record_breaker(worker.pool, "store", State.CLOSED, None, None)
    assert [each["state"] for each in (await console.get())["needs"] if each["name"] == "store"] == ["well"]


async def test_console_shows_kinds_unknown_to_the_server(site: Site, console: Console) -> None:
    await site.pool.execute(
        """INSERT INTO work (kind, subject, user_id, title, state, attempt, ended_at, error)
           VALUES ('extra', '7', 1, 'The seventh', 'failed', 3, now(), 'It broke.');
           INSERT INTO work_kinds (name, queue, per_user) VALUES ('extra', 'extras', 2)"""
    )
    (item,) = await console.find(error="broke")
    assert (item["kind"], item["id"], item["title"], item["attempt"]) == ("extra", "7", "The seventh", 3)
    assert "extra" in [kind["name"] for kind in (await console.get())["kinds"]]


async def test_order_is_logged_and_disk_usage_shown_by_kind(
    site: Site, api: Api, console: Console, work_off: WorkOff
) -> None:
    artist = await site.add_user("alice")
    await site.add_asset(artist, size_bytes=700)
    await fail_pack(site, api, work_off, artist)
    await console.order("retry", *(await console.find(kind="export")))
    with capture_logs() as logs:
        await work_off()
    assert [line["is_done"] for line in logs if line["event"] == "order_carried_out"] == [True]
    disk = (await console.get())["disk"]
    assert disk["files"] >= 700
    assert disk["editions"] > 0
    assert disk["free"] > 0
