"""The build job: it checks the posts again, reports what is missing, and retries transient faults."""

import asyncio
import errno
import json
from io import FileIO
from typing import Any

import msgspec
import pytest

from pmd_service.downloads import build, manifest
from pmd_service.downloads.kind import BDR
from pmd_service.vault import Vault
from pmd_service.vault.local import SCRATCH, LocalStore
from pmd_service.vault.local_files import LocalPart
from pmd_service.work import heartbeat
from pmd_service.work.attempts import list_attempts
from pmd_service.work.row import PROCESS
from pmd_service.work.runner import Runner

from ..hang import HANG_SECONDS
from ..plans import statements_of
from .conftest import Builder


async def test_posts_changed_since_the_request_are_reported_missing(builder: Builder) -> None:
    site = builder.site
    kept, deleted, given_away, turned, lost, bare = await site.add_posts(builder.artist, 6)
    bdr_id = await builder.request([bare, lost, turned, given_away, deleted, kept])
    stranger = await site.add_user("stranger")
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", deleted)
    await site.pool.execute("UPDATE posts SET owner_id = $2 WHERE id = $1", given_away, stranger)
    await site.pool.execute("UPDATE posts SET kind = 'playlist' WHERE id = $1", turned)
    await site.pool.execute("UPDATE posts SET art_url = NULL WHERE id = $1", bare)
    await site.lose(f"art/{lost}.png")

    row = await builder.build(bdr_id)
    assert (row["status"], row["artwork_count"], row["processed_count"]) == ("ready", 6, 6)
    with await builder.archive(row) as archive:
        assert archive.namelist() == [f"artworks/{site.sqid(kept)}.png", "metadata.json"]
        metadata = json.loads(archive.read("metadata.json"))
    assert (metadata["artwork_count"], metadata["requested_count"]) == (1, 6)
    reasons = {entry["sqid"]: (entry["title"], entry["reason"]) for entry in metadata["missing"]}
    assert reasons == {
        site.sqid(deleted): ("Artwork 1", "The post was deleted after the request."),
        site.sqid(given_away): (None, "The post no longer exists."),
        site.sqid(turned): (None, "The post no longer exists."),
        site.sqid(lost): ("Artwork 4", "The artwork's file is missing."),
        site.sqid(bare): ("Artwork 5", "The post has no artwork file."),
    }
    missing = (await builder.api.get(f"/api/pmd/bdr/{bdr_id}/missing", user=builder.artist)).json
    assert [entry | {"sqid": entry["public_sqid"]} for entry in missing["items"]] == [
        entry | {"public_sqid": entry["sqid"]} for entry in metadata["missing"]
    ]
    item = (await builder.api.get(f"/api/pmd/bdr/{bdr_id}", user=builder.artist)).json
    assert item["missing_count"] == 5


async def test_deleted_post_is_reported_by_its_public_id(builder: Builder) -> None:
    kept, deleted = await builder.site.add_posts(builder.artist, 2)
    bdr_id = await builder.request([kept, deleted])
    await builder.site.pool.execute("DELETE FROM posts WHERE id = $1", deleted)
    row = await builder.build(bdr_id)
    assert [entry["sqid"] for entry in row["missing"]] == [builder.site.sqid(deleted)]


async def test_request_without_any_artwork_fails_with_a_message(builder: Builder) -> None:
    post = await builder.site.add_post(builder.artist, data=None)
    row = await builder.build(await builder.request([post]))
    assert (row["status"], row["error_message"]) == ("failed", "None of the requested artworks is available any more.")
    assert len(row["missing"]) == 1
    assert await builder.site.keys() == []


async def test_referenced_bytes_do_not_count_towards_max_archive_size(builder: Builder) -> None:
    limited(builder, bdr_max_bytes=100)
    row = await builder.build(await builder.request(await builder.site.add_posts(builder.artist, 2)))
    assert row["status"] == "ready"


async def test_too_many_referenced_bytes_fail_with_the_numbers(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MAX_REFERENCED_BYTES", 200)
    posts = await builder.site.add_posts(builder.artist, 2)  # of 110 bytes each
    assert (await builder.build(await builder.request(posts[:1])))["status"] == "ready"
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["faults"]) == ("failed", 0)
    assert "Please select fewer." in row["error_message"]


async def test_whole_archive_counts_all_bytes_towards_its_limit(builder: Builder) -> None:
    limited(builder, bdr_max_bytes=200, archives="whole")
    posts = await builder.site.add_posts(builder.artist, 2)
    assert (await builder.build(await builder.request(posts[:1])))["status"] == "ready"
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["faults"]) == ("failed", 0)
    assert "Please select fewer." in row["error_message"]


def limited(builder: Builder, **settings: Any) -> None:
    changed = msgspec.structs.replace(builder.worker.settings, **settings)
    builder.worker = msgspec.structs.replace(builder.worker, settings=changed)


@pytest.mark.own_tables
async def test_nothing_is_built_for_a_deleted_account(builder: Builder) -> None:
    bdr_id = await builder.request([await builder.site.add_post(builder.artist)])
    await builder.site.pool.execute(
        "ALTER TABLE batch_download_requests DROP CONSTRAINT batch_download_requests_user_id_fkey"
    )
    await builder.site.pool.execute("ALTER TABLE work DROP CONSTRAINT work_user_id_fkey")
    await builder.site.pool.execute("DELETE FROM users")
    row = await builder.build(bdr_id)
    assert (row["status"], row["error_message"]) == ("failed", "The account of this request no longer exists.")


class FullStore(LocalStore):
    """A store on the kernel's own full disk."""

    def begin(self, key: str, *, lasting: bool = True) -> LocalPart:
        path = self._root / f"{key}.00000000.part"
        return LocalPart(FileIO("/dev/full", "wb"), path, key=key)


def fill_disk(builder: Builder) -> None:
    root = builder.worker.settings.vault_path
    full = Vault(FullStore(root), root / SCRATCH)
    builder.worker = msgspec.structs.replace(builder.worker, vault=full)


async def test_full_disk_spends_no_retry_and_leaves_no_object(builder: Builder) -> None:
    bdr_id = await builder.request([await builder.site.add_post(builder.artist)])
    roomy = builder.worker
    fill_disk(builder)
    row = await builder.build(bdr_id)
    assert (row["status"], row["faults"], row["error_message"]) == ("pending", 0, None)
    assert await builder.site.keys() == []
    builder.worker = roomy
    assert (await builder.build(bdr_id))["status"] == "ready"


async def test_persistent_fault_fails_after_three_retries_without_details(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "/vault/inside")

    bdr_id = await builder.request([await builder.site.add_post(builder.artist)], send_email=True)
    monkeypatch.setattr(manifest, "load_artworks", fail)
    statuses = []
    for _ in range(BDR.max_retries + 1):
        row = await builder.build(bdr_id)
        statuses.append(row["status"])
    assert statuses == ["pending"] * BDR.max_retries + ["failed"]
    assert row["error_message"].startswith("The archive could not be built")
    assert not any(internal in row["error_message"] for internal in ("/", "Errno", "error"))
    assert await builder.site.pool.fetchval("SELECT topic FROM outbox WHERE status = 'due'") == "bdr_failed"


async def test_retry_is_not_due_before_its_delay(builder: Builder) -> None:
    await builder.request([await builder.site.add_post(builder.artist)])
    await builder.site.pool.execute("UPDATE work SET due_at = now() + interval '1 minute', turn = NULL")
    await Runner(builder.worker, [BDR]).run_next(BDR)
    assert await builder.site.pool.fetchval("SELECT status FROM batch_download_requests") == "pending"


async def test_stopped_build_hands_over_without_a_fault(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    """arq cancels its jobs when a worker does not end in time."""
    await builder.request([await builder.site.add_post(builder.artist)])
    reached = asyncio.Event()

    async def wait_for_ever(*_: object, **__: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(manifest, "load_artworks", wait_for_ever)
    building = asyncio.create_task(Runner(builder.worker, [BDR]).run_next(BDR))
    await reached.wait()
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    row = await builder.site.pool.fetchrow("SELECT status, faults, work.attempt FROM batch_download_requests, work")
    assert row is not None
    assert tuple(row) == ("pending", 0, 1)
    assert await builder.site.keys() == []


async def test_entry_names_and_order_depend_on_the_request_alone(builder: Builder) -> None:
    posts = await builder.site.add_posts(builder.artist, 5)
    wanted = [posts[3], posts[0], posts[4], posts[1]]
    names = []
    for _ in range(2):
        row = await builder.build(await builder.request(wanted))
        with await builder.archive(row) as archive:
            names.append(archive.namelist())
    assert names[0] == names[1] == [*(f"artworks/{builder.site.sqid(post)}.png" for post in wanted), "metadata.json"]


async def test_unsafe_formats_and_ids_become_safe_names(builder: Builder) -> None:
    site = builder.site
    odd = [
        await site.add_post(builder.artist, public_sqid="../../etc/passwd", file_format="../sh"),
        await site.add_post(builder.artist, public_sqid="CON", file_format="PNG"),
        await site.add_post(builder.artist, public_sqid="con", file_format="png"),
    ]
    row = await builder.build(await builder.request(odd))
    with await builder.archive(row) as archive:
        names = archive.namelist()[:-1]
        metadata = json.loads(archive.read("metadata.json"))
    assert all(name.startswith("artworks/") and name.count("/") == 1 for name in names)
    assert len({name.casefold() for name in names}) == 3
    assert [f"artworks/{record['filename']}" for record in metadata["artworks"]] == names


async def test_written_archive_releases_its_slot(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    one_by_one = msgspec.structs.replace(BDR, max_computing=1)
    runner = Runner(builder.worker, [one_by_one])
    written, goes_on, publish = asyncio.Event(), asyncio.Event(), build.Build._publish

    async def publish_later(*args: Any) -> Any:
        written.set()
        await goes_on.wait()
        return await publish(*args)

    posts = await builder.site.add_posts(builder.artist, 2)
    monkeypatch.setattr(build.Build, "_publish", publish_later)
    await builder.request(posts[:1])
    publishing = asyncio.create_task(runner.run_next(one_by_one))
    async with asyncio.timeout(HANG_SECONDS):
        await written.wait()
        monkeypatch.setattr(build.Build, "_publish", publish)
        await builder.request(posts[1:])
        assert await runner.run_next(one_by_one)
        assert not publishing.done()
        goes_on.set()
        assert await publishing


async def test_build_statement_count_is_independent_of_artworks(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A build that takes long on a busy machine would be heard beating.
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 3600)

    async def statements_for(posts: list[int], **options: bool) -> list[str]:
        await builder.request(posts, **options)
        await builder.site.pool.execute("UPDATE work SET due_at = now()")
        async with statements_of(builder.worker.pool) as sent:
            await Runner(builder.worker, [BDR]).run_next(BDR)
        return [each.partition(" ")[0] for each in sent]

    one, *many = await builder.site.add_posts(builder.artist, 41)
    claimed = ["WITH"]
    named = ["SELECT", "INSERT", "SELECT"]  # the owner, the archive's name in case we die, the posts
    summed = ["SELECT"]
    # The end of the work and, for the console, its record; the row; the archive's name: all or nothing.
    published = ["BEGIN;", "WITH", "UPDATE", "DELETE", "COMMIT;"]
    # A connection's first statements are asyncpg's questions about types; and what is new is read and noted once.
    await statements_for([one, *many])
    assert await statements_for([one]) == await statements_for(many) == claimed + named + summed + published
    documents = {"include_comments": True, "include_reactions": True}
    assert len(await statements_for([one], **documents)) == len(await statements_for(many, **documents)) <= 13
    requests = await builder.site.pool.fetch("SELECT id FROM batch_download_requests")
    for request in requests:
        (attempt,) = await list_attempts(builder.site.pool, BDR.name, str(request["id"]))
        assert (attempt.attempt, attempt.outcome, attempt.worker, attempt.error) == (1, "done", PROCESS, None)
        assert attempt.seconds > 0


async def test_attempt_that_cannot_publish_is_recorded(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    original = manifest.load_artworks

    async def swept_away(*args: Any, **named: Any) -> Any:
        await builder.site.pool.execute("DELETE FROM vault_leftovers")
        return await original(*args, **named)

    monkeypatch.setattr(manifest, "load_artworks", swept_away)
    row = await builder.build(await builder.request(await builder.site.add_posts(builder.artist, 1)))
    (attempt,) = await list_attempts(builder.site.pool, BDR.name, str(row["id"]))
    assert (row["status"], attempt.outcome) == ("pending", "waiting")
    assert "SweptAwayError" in str(attempt.error)
