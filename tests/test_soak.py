"""The soak's audit finds what it searches: a soak that cannot fail proves nothing."""

import os
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks.soak.artists import Receipts
from benchmarks.soak.audit import Audit
from benchmarks.soak.report import Report
from pmd_service.vault.local import SCRATCH

from .conftest import WorkOff
from .site import Api, Site


class Soaked:
    """A download that was requested with a mail, built and announced: all is well, until a test breaks it."""

    def __init__(self, site: Site, artist: int, posts: list[int], bdr_id: UUID, archive: Path) -> None:
        self.site = site
        self.artist = artist
        self.posts = posts
        self.bdr_id = bdr_id
        self.archive = archive
        self.mails = [bdr_id]

    async def reckon(self) -> Report:
        report = Report(seed=0, vault="files")
        receipts = Receipts(artworks=self.posts, downloads=[self.bdr_id], messages=[self.bdr_id])
        await Audit(self.site.pool, self.site.stored, map(message, self.mails), receipts, report).reckon()
        return report


def message(about: UUID) -> EmailMessage:
    mail = EmailMessage()
    mail.set_content(f"http://localhost/u/artist/posts?bdr={about}")
    return mail


@pytest.fixture
async def soaked(site: Site, api: Api, work_off: WorkOff) -> Soaked:
    artist = await site.add_user(email="artist@example.org")
    posts = await site.add_posts(artist, 3)
    body = {"post_ids": posts, "send_email": True}
    bdr_id = UUID((await api.post("/api/pmd/bdr", body, user=artist)).json["id"])
    await work_off()
    await site.pool.execute("UPDATE outbox SET status = 'sent', settled_at = now()")
    archive = site.vault / str(await site.pool.fetchval("SELECT file_path FROM batch_download_requests"))
    return Soaked(site, artist, posts, bdr_id, archive)


async def test_soak_counts_successes(soaked: Soaked) -> None:
    report = await soaked.reckon()
    assert [*report.troubles()] == []
    assert report.is_well
    assert report.messages == 1


async def lose_the_archive(soaked: Soaked) -> None:
    soaked.archive.unlink()


async def damage_the_archive(soaked: Soaked) -> None:
    soaked.archive.write_bytes(soaked.archive.read_bytes()[::-1])


async def damage_what_it_refers_to(soaked: Soaked) -> None:
    key = str(await soaked.site.pool.fetchval("SELECT min(art_url) FROM posts")).removeprefix("/vault/")
    path = soaked.site.vault / key
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"pixels", b"pixel!"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # only its checksum shows it


async def give_it_another_s_artwork(soaked: Soaked) -> None:
    await soaked.site.pool.execute("UPDATE posts SET art_url = replace(art_url, '.png', '.lost.png')")


async def leave_an_artwork_out(soaked: Soaked) -> None:
    await soaked.site.pool.execute(
        "UPDATE batch_download_requests SET artwork_count = 4, post_ids = post_ids || max_post FROM "
        "(SELECT max(id)::bigint + 1 AS max_post FROM posts) AS newest"
    )


async def fail_it(soaked: Soaked) -> None:
    await soaked.site.pool.execute(
        """UPDATE batch_download_requests
              SET status = 'failed', error_message = 'No.', file_path = NULL, file_size_bytes = NULL, etag = NULL"""
    )
    soaked.archive.unlink()


async def post_unpublished(soaked: Soaked) -> None:
    await soaked.site.add_post(soaked.artist)


async def lose_the_row(soaked: Soaked) -> None:
    await soaked.site.pool.execute("DELETE FROM batch_download_requests")
    soaked.archive.unlink()


async def lose_the_message(soaked: Soaked) -> None:
    soaked.mails.clear()


async def build_it_twice(soaked: Soaked) -> None:
    await soaked.site.pool.execute(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, error_message,
                                                completed_at)
           SELECT user_id, requested_by, post_ids, artwork_count, 'failed', 'No.', now() FROM batch_download_requests"""
    )


async def tell_it_twice(soaked: Soaked) -> None:
    soaked.mails *= 2


async def leave_it_waiting(soaked: Soaked) -> None:
    await soaked.site.pool.execute(
        "UPDATE batch_download_requests SET status = 'pending', file_path = NULL, file_size_bytes = NULL, etag = NULL"
    )


async def leave_a_file(soaked: Soaked) -> None:
    soaked.site.write("assets/artist/orphan.png", b"pixels")


async def leave_a_part(soaked: Soaked) -> None:
    soaked.site.write(f"{SCRATCH}/begun/made.png", b"pixels")


@pytest.mark.parametrize(
    ("breaks", "count"),
    [
        (lose_the_archive, "lost"),
        (damage_the_archive, "lost"),
        (damage_what_it_refers_to, "wrong"),
        (give_it_another_s_artwork, "wrong"),
        (leave_an_artwork_out, "lost"),
        (fail_it, "failed"),
        (post_unpublished, "doubled"),
        (lose_the_row, "lost"),
        (lose_the_message, "lost"),
        (build_it_twice, "doubled"),
        (tell_it_twice, "doubled"),
        (leave_it_waiting, "stuck"),
        (leave_a_file, "orphans"),
        (leave_a_part, "leftovers"),
    ],
)
async def test_soak_counts_every_failure(
    soaked: Soaked, breaks: Callable[[Soaked], Awaitable[None]], count: str
) -> None:
    await breaks(soaked)
    report = await soaked.reckon()
    assert getattr(report, count)
    assert not report.is_well


async def test_soak_attributes_takeout_mails_to_takeouts(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user(email="artist@example.org")
    posts = await site.add_posts(artist, 3)
    takeout = (await api.post("/api/pmd/takeout", {"send_email": True}, user=artist)).json
    await work_off()
    takeout_id, bdr_id = UUID(takeout["id"]), UUID(takeout["download_id"])
    receipts = Receipts(artworks=posts, takeouts=[takeout_id], messages=[takeout_id])
    for status, mails in (("sent", [message(bdr_id)]), ("unknown", [])):
        await site.pool.execute("UPDATE outbox SET status = $1, settled_at = now()", status)
        report = Report(seed=0, vault="files")
        await Audit(site.pool, site.stored, mails, receipts, report).reckon()
        assert [*report.troubles()] == []
        assert report.unknown_messages == (status == "unknown")
