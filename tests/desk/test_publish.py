"""Due drafts become posts: in order, once, and not while something speaks against it."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.desk import publish as module
from pmd_service.desk.due import HAS_DUE, add_due, forget_published
from pmd_service.desk.edits import lock_desk
from pmd_service.desk.publish import PUBLISHING, compose_failed
from pmd_service.jobs import KINDS
from pmd_service.outbox.mailer import Mailer
from pmd_service.outbox.sender import Mail
from pmd_service.site.rights import PUBLISHING_IS_OFF
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner
from pmd_service.work.sweep import sweep_work

from ..conftest import Serve, WorkOff
from ..hang import HANG_SECONDS
from ..library.conftest import add_report
from ..library.test_publishing import picture as with_secret
from ..locks import waits_for_a_lock
from ..site import Api, Site
from .conftest import ALT, Desk, Publish
from .test_schedule import BERLIN

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here


async def schedule(desk: Desk, count: int, **columns: object) -> list[int]:
    """Drafts by hand, a minute apart, tomorrow."""
    drafts = await desk.add(count, **columns)
    for number, draft_id in enumerate(drafts):
        at = datetime.now(UTC) + timedelta(days=1, minutes=number)
        await desk.post("/schedule", draft_ids=[draft_id], at=at.isoformat())
    return drafts


@pytest.mark.stores
async def test_due_draft_becomes_a_post_with_all_that_it_has(desk: Desk, api: Api, publish: Publish) -> None:
    (draft_id,) = await schedule(desk, 1)
    made = await api.post("/api/pmd/series", {"name": "Forest"}, user=desk.user)
    fields = {
        "title": "Night watch", "description": "Walks until six.", "hashtags": ["imp"], "license_id": 1,
        "content_warnings": ["Flashing"], "ai_disclosure": "assisted", "ai_opt_out": True, "series_id": made.json["id"],
        "is_hidden": True,
    }  # fmt: skip
    await desk.patch([{"id": draft_id, "fields": fields}])
    await desk.pass_time(draft_id)
    await publish()
    draft = await desk.draft(draft_id)
    assert (draft["status"], draft["problems"]) == ("published", [])
    post = (await api.get(f"/api/pmd/posts/{draft['post']['id']}", user=desk.user)).json
    shown = ("title", "description", "hashtags", "content_warnings", "ai_disclosure", "ai_opt_out")
    assert {name: post[name] for name in shown} == {name: fields[name] for name in shown}
    assert (post["license_identifier"], post["alt_text"], post["hidden_by_user"]) == ("CC0-1.0", ALT, True)
    assert (post["series"]["name"], post["series"]["position"]) == ("Forest", 1)
    art = await desk.site.read(post["art_url"].removeprefix("/vault/"))
    assert art.startswith(b"\x89PNG")
    assert await desk.site.pool.fetchval("SELECT count(*) FROM work") == 0


async def test_drafts_go_out_in_order_after_an_outage(desk: Desk, publish: Publish) -> None:
    drafts = await schedule(desk, 4)
    for number, draft_id in enumerate(drafts):
        await desk.pass_time(draft_id, seconds=(number * 7 % 4 + 1) * 600)
    await publish()
    order = sorted(range(4), key=lambda number: -(number * 7 % 4))
    assert await desk.posts() == [f"lamp {number}" for number in order]


async def test_what_is_not_due_waits(desk: Desk, worker: WorkerContext, work_off: WorkOff) -> None:
    await schedule(desk, 1)
    assert not await worker.pool.fetchval(f"SELECT {HAS_DUE}")
    await add_due(worker)
    await work_off()
    assert await desk.posts() == []
    assert await worker.pool.fetchval("SELECT count(*) FROM work") == 0


async def test_due_soon_has_its_work_at_its_time(desk: Desk, worker: WorkerContext) -> None:
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id, seconds=-8)
    assert await worker.pool.fetchval(f"SELECT {HAS_DUE}")
    for _ in range(2):
        await add_due(worker)
    late = "SELECT extract(epoch FROM work.due_at - draft.due_at) FROM work JOIN draft ON draft.id::text = subject"
    (row,) = await worker.pool.fetch(late)
    assert 0 <= row[0] < 1
    async with asyncio.timeout(HANG_SECONDS):
        runner = Runner(worker, KINDS)
        while not await desk.posts():
            await runner.run_due(PUBLISHING)
            await asyncio.sleep(0.1)
        await runner.aclose()
    assert await worker.pool.fetchval("SELECT published_at >= due_at FROM draft")


async def test_published_drafts_are_forgotten_and_their_posts_stay(
    desk: Desk, worker: WorkerContext, publish: Publish
) -> None:
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    await publish()
    await forget_published(worker)
    assert len(await desk.drafts(status="published")) == 1
    await worker.pool.execute("UPDATE draft SET published_at = now() - interval '401 days'")
    await forget_published(worker)
    assert (await desk.drafts(status="published"), await desk.posts()) == ([], ["lamp 0"])


async def test_two_upkeeps_and_two_workers_publish_once(desk: Desk, worker: WorkerContext, work_off: WorkOff) -> None:
    drafts = await schedule(desk, 5)
    for draft_id in drafts:
        await desk.pass_time(draft_id)
    await asyncio.gather(*(add_due(worker) for _ in range(4)))
    await asyncio.gather(work_off(), work_off())
    assert sorted(await desk.posts()) == [f"lamp {number}" for number in range(5)]
    assert [draft["status"] for draft in await desk.drafts(status="published")] == ["published"] * 5


async def test_locked_desk_keeps_no_other_artist_waiting(desk: Desk, worker: WorkerContext, site: Site) -> None:
    busy = Desk(site, desk.api, await site.add_user("busy"))
    (waits,), (goes,) = await schedule(busy, 1), await schedule(desk, 1)
    await busy.pass_time(waits, seconds=60)
    await desk.pass_time(goes)
    queued = "SELECT array_agg(subject::bigint ORDER BY id) FROM work"
    async with site.pool.acquire() as connection:
        await connection.execute("BEGIN")
        await lock_desk(connection, user_id=busy.user)
        try:
            async with asyncio.timeout(HANG_SECONDS):
                await add_due(worker)
        finally:
            await connection.execute("ROLLBACK")
    assert await worker.pool.fetchval(queued) == [goes]
    await add_due(worker)
    assert await worker.pool.fetchval(queued) == [goes, waits]


async def test_far_schedule_is_no_sign_of_a_clock_set_back(desk: Desk, worker: WorkerContext) -> None:
    await schedule(desk, 1)
    await add_due(worker)
    await sweep_work(worker, KINDS)
    assert await desk.posts() == []
    assert [draft["status"] for draft in await desk.drafts()] == ["scheduled"]


async def test_published_draft_is_not_published_again_by_a_clock_set_back(desk: Desk, publish: Publish) -> None:
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    await publish()
    # As after the database's clock was set back: everything that was done lies ahead.
    await desk.site.pool.execute("UPDATE draft SET due_at = now() + interval '1 hour', published_at = now()")
    await publish()
    await desk.site.pool.execute("UPDATE draft SET due_at = now() - interval '1 hour'")
    await publish()
    assert await desk.posts() == ["lamp 0"]


async def test_paused_queue_holds_everything_and_loses_nothing(desk: Desk, publish: Publish) -> None:
    drafts = await schedule(desk, 2)
    for draft_id in drafts:
        await desk.pass_time(draft_id, seconds=60)
    await desk.rule(is_paused=True)
    await publish()
    assert await desk.posts() == []
    await desk.rule(is_paused=False)
    await publish()
    assert await desk.posts() == ["lamp 0", "lamp 1"]


async def test_pause_stops_what_waits_for_a_worker(desk: Desk, worker: WorkerContext, work_off: WorkOff) -> None:
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    await add_due(worker)
    await desk.rule(is_paused=True)
    await work_off()
    assert await desk.posts() == []
    assert (await desk.draft(draft_id))["status"] == "scheduled"


async def test_rule_goes_on_with_the_days_after_a_pause(desk: Desk, publish: Publish) -> None:
    await desk.rule(**BERLIN)
    drafts = await desk.add(3)
    await desk.post("/schedule")
    await desk.rule(is_paused=True)
    await desk.site.pool.execute("UPDATE draft SET due_at = due_at - interval '30 days'")
    await desk.rule(is_paused=False)
    await publish()
    assert await desk.posts() == []
    scheduled = await desk.drafts(status="scheduled", sort="due")
    assert [draft["id"] for draft in scheduled] == drafts
    now = datetime.now(UTC)
    assert all(datetime.fromisoformat(draft["due_at"]) > now for draft in scheduled)


async def test_publish_now_goes_past_a_paused_queue(desk: Desk, work_off: WorkOff) -> None:
    await desk.rule(is_paused=True)
    first, second = await desk.add(2)
    await desk.patch([{"id": second, "fields": {"title": None}}])
    answer = (await desk.post("/publish", draft_ids=[second, first, 2**40])).json
    assert [each["outcome"] for each in answer["items"]] == ["not_ready", "scheduled", "lost"]
    await work_off()
    assert await desk.posts() == ["lamp 0"]


async def test_publishing_again_makes_no_second_post(desk: Desk, work_off: WorkOff) -> None:
    (draft_id,) = await desk.add()
    await asyncio.gather(*(desk.post("/publish", draft_ids=[draft_id]) for _ in range(3)))
    await work_off()
    again = await desk.post("/publish", draft_ids=[draft_id])
    assert again.json["items"][0]["outcome"] == "published"
    assert await desk.posts() == ["lamp 0"]


STOPPED = {
    "trash": ("UPDATE asset SET deleted_at = now()", "Its file is in the trash."),
    "set aside": ("UPDATE asset SET rejected_at = now(), approved = false", "Its file is set aside."),
    "purged": ("DELETE FROM asset", "Its file was deleted."),
    "licence": ("UPDATE draft SET license_id = 77", "Its licence is not on this site any more."),
    "alt text": ("UPDATE draft SET alt_text = NULL", "No alt text."),
    "banned": ("UPDATE users SET banned_until = now() + interval '1 day'", "Your account cannot publish"),
    "deactivated": ("UPDATE users SET deactivated = true", "Your account cannot publish"),
}


@pytest.mark.parametrize("trouble", STOPPED)
async def test_what_speaks_against_it_stops_a_post_in_a_sentence(
    desk: Desk, publish: Publish, api: Api, trouble: str
) -> None:
    change, sentence = STOPPED[trouble]
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    await desk.site.pool.execute(change)
    await publish()
    (row,) = await desk.site.pool.fetch("SELECT status, reason, due_at FROM draft")
    assert (row["status"], row["due_at"] is not None) == ("failed", True)
    assert row["reason"].startswith(sentence)
    assert await desk.posts() == []
    (mail,) = await desk.site.pool.fetch("SELECT topic, about FROM outbox WHERE channel = 'mail'")
    assert tuple(mail) == ("publishing_failed", str(draft_id))


async def test_failed_draft_is_scheduled_again_and_goes_out(desk: Desk, publish: Publish) -> None:
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    await desk.site.pool.execute("UPDATE draft SET alt_text = NULL")
    await publish()
    await desk.patch([{"id": draft_id, "fields": {"alt_text": "A lamp."}}])
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await desk.post("/schedule", draft_ids=[draft_id], at=at)).json["scheduled_count"] == 1
    await desk.pass_time(draft_id)
    await publish()
    assert await desk.posts() == ["lamp 0"]
    assert (await desk.draft(draft_id))["reason"] is None


async def test_post_is_without_metadata_unless_its_artist_keeps_it(desk: Desk, publish: Publish) -> None:
    drafts = await schedule(desk, 2)
    files = [(await desk.draft(each))["file"]["id"] for each in drafts]
    for file in files:
        await add_report(desk.site, file, gps=True)
    for draft_id, marks in zip(drafts, ("strip", "keep"), strict=True):
        await desk.patch([{"id": draft_id, "fields": {"marks": marks}}])
        await desk.pass_time(draft_id)
    await publish()
    disclosed = await desk.site.pool.fetch("SELECT title FROM post_disclosure JOIN posts ON posts.id = post_id")
    assert [row["title"] for row in disclosed] == ["lamp 1"]


@pytest.mark.parametrize("fields", [{"title": "Changed"}, {"marks": "keep", "title": "Changed"}])
async def test_a_change_while_the_copy_is_made_is_published(
    desk: Desk, publish: Publish, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]
) -> None:
    data, columns = with_secret(), {"width": 16, "height": 16, "frame_count": 1, "alt_text": ALT}
    asset = await desk.site.add_asset(desk.user, data, name="lamp.png", **columns)
    (made,) = await desk.make(asset)
    draft_id = made["draft_id"]
    await desk.post("/publish", draft_ids=[draft_id])
    store, loop = module._store, asyncio.get_running_loop()

    def storing(*values: object) -> object:
        change = desk.patch([{"id": draft_id, "fields": fields}])
        asyncio.run_coroutine_threadsafe(change, loop).result(60)
        return store(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_store", storing)
    for _ in range(2):
        await publish()
    assert await desk.posts() == ["Changed"]
    (key,) = await desk.site.keys("art/")
    assert (await desk.site.read(key) == data) == ("marks" in fields)
    assert await desk.site.pool.fetchval("SELECT count(*) FROM work WHERE kind = 'publish'") == 0


async def test_draft_that_is_taken_back_while_it_is_published_is_no_post(
    desk: Desk, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    store, loop = module._store, asyncio.get_running_loop()

    def storing(*values: object) -> object:
        back = desk.post("/unschedule", draft_ids=[draft_id])
        asyncio.run_coroutine_threadsafe(back, loop).result(60)
        return store(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_store", storing)
    await publish()
    assert await desk.posts() == []
    assert (await desk.draft(draft_id))["status"] == "draft"
    assert await desk.site.keys("art/") == []


@pytest.mark.parametrize("call", ["publish", "schedule"])
async def test_draft_that_is_published_just_then_is_not_scheduled_again(desk: Desk, call: str) -> None:
    pool = desk.site.pool
    (draft_id,) = await schedule(desk, 1)
    await desk.post("/publish", draft_ids=[draft_id])
    body = {"at": "2040-01-01T18:00:00Z"} if call == "schedule" else {}
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("DELETE FROM work")
        await connection.execute("UPDATE draft SET status = 'published', post_id = 1, published_at = now()")
        again = asyncio.create_task(desk.post(f"/{call}", draft_ids=[draft_id], **body))
        assert await waits_for_a_lock(pool, again)
    assert [each["outcome"] for each in (await again).json["items"]] == ["published"]
    assert await pool.fetchval("SELECT count(*) FROM work") == 0
    assert await pool.fetchval("SELECT count(*) FROM changes WHERE event = 'scheduled'") == 2


async def test_where_publishing_is_off_drafts_can_be_written(site: Site, serve: Serve, settings: Settings) -> None:
    off = msgspec.structs.replace(settings, publish="off")
    async with Api((await serve(off)).make_url("/"), off) as api:
        desk = Desk(site, api, await site.add_user("artist"))
        (draft_id,) = await desk.add()
        for path, body in (("/publish", {"draft_ids": [draft_id]}), ("/schedule", {"at": "2999-01-01T00:00:00Z"})):
            answer = await desk.post(path, **body)
            assert (answer.status, answer.json["detail"]) == (409, PUBLISHING_IS_OFF)


async def test_mail_says_why_a_draft_was_not_published(desk: Desk, publish: Publish, worker: WorkerContext) -> None:
    await desk.site.pool.execute("UPDATE users SET email = 'a@example.org'")
    (draft_id,) = await schedule(desk, 1)
    await desk.pass_time(draft_id)
    await desk.site.pool.execute("UPDATE draft SET alt_text = NULL")
    await publish()
    (row,) = await desk.site.pool.fetch("SELECT * FROM outbox WHERE topic = 'publishing_failed'")
    settings = msgspec.structs.replace(worker.settings, smtp_url="smtp://localhost:1", mail_from="a@example.org")
    mailer = Mailer.of(settings)
    assert mailer is not None
    mail = msgspec.convert(dict(row), Mail, strict=False)
    message = await compose_failed(worker, mailer, mail)
    assert message is not None
    text = BytesParser(policy=policy.default).parsebytes(message.as_bytes()).get_body(("plain",))
    assert text is not None
    assert "your draft “lamp 0” was not published. No alt text." in text.get_content()
    await desk.post("/unschedule", draft_ids=[draft_id])
    assert await compose_failed(worker, mailer, mail) is None
