"""Upload-Expires is the time at which the sweep ends a file (tus's expiration)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.uploads.sweep import fail_unstarted

from ..site import Answer
from .sender import TUS, Sender, announced

DATA = b"x" * 10
_PASS = """
WITH upload AS (UPDATE batch_reports SET expires_at = expires_at - $1::interval)
UPDATE batch_report_files SET created_at = created_at - $1::interval, received_at = received_at - $1::interval
"""


def expires_at(answer: Answer) -> datetime:
    return parsedate_to_datetime(answer.headers["Upload-Expires"])


def is_in(moment: datetime, hours: float) -> bool:
    """Whether it is so far ahead, give or take what a slow test takes."""
    return abs(moment - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=10)


async def passes(pool: Pool, minutes: int) -> None:
    await pool.execute(_PASS, timedelta(minutes=minutes))


async def test_files_without_a_byte_expire_in_an_hour_partial_ones_later(sender: Sender, settings: Settings) -> None:
    options = await sender.api.call("OPTIONS", "/api/pmd/uploads/tus", user=sender.user, headers=TUS)
    assert "expiration" in options.headers["Tus-Extension"].split(",")
    created = await sender.create("a.png", len(DATA))
    url = created.headers["Location"]
    assert is_in(expires_at(created), 1)
    assert is_in(expires_at(await sender.head(url)), 1)
    assert is_in(expires_at(await sender.patch(url, b"")), 1)
    hours = settings.upload_ttl_hours
    assert is_in(expires_at(await sender.patch(url, DATA[:5])), hours)
    assert is_in(expires_at(await sender.head(url)), hours)
    assert is_in(expires_at(await sender.patch(url, DATA[5:], 5)), hours)
    assert is_in(expires_at(await sender.create("b.png", len(DATA), DATA[:3])), hours)


async def test_after_that_time_it_is_410_and_before_it_is_not(sender: Sender, pool: Pool, settings: Settings) -> None:
    url = (await sender.create("a.png", len(DATA))).headers["Location"]
    for minutes, status in ((59, 200), (2, 410)):
        await passes(pool, minutes)
        await fail_unstarted(pool, ttl_hours=settings.upload_ttl_hours)
        assert (await sender.head(url)).status == status
    assert (await sender.patch(url, DATA)).status == 410


async def test_a_file_that_is_being_received_does_not_expire(sender: Sender, pool: Pool, settings: Settings) -> None:
    await sender.create("a.png", len(DATA))
    await passes(pool, 61)
    await pool.execute("UPDATE batch_report_files SET lease_token = id, lease_until = now() + interval '1 hour'")
    await fail_unstarted(pool, ttl_hours=settings.upload_ttl_hours)
    assert await pool.fetchval("SELECT processing_status FROM batch_report_files") == "pending"


async def test_whatever_comes_of_an_upload_gives_all_of_it_another_hour(sender: Sender, pool: Pool) -> None:
    upload = (await sender.announce(announced("a.png", DATA), announced("b.png", DATA * 2))).json
    first, second = (line["url"] for line in upload["files"])
    await passes(pool, 40)
    assert is_in(expires_at(await sender.head(second)), 1 / 3)
    assert (await sender.patch(first, DATA)).status == 204
    assert is_in(expires_at(await sender.head(second)), 1)


async def test_what_is_added_to_a_quiet_upload_has_an_hour_of_its_own(
    sender: Sender, pool: Pool, settings: Settings
) -> None:
    upload = (await sender.announce(announced("a.png", DATA))).json
    assert (await sender.patch(upload["files"][0]["url"], DATA[:1])).status == 204
    await passes(pool, 90)
    added = await sender.create("b.png", len(DATA), upload=upload["id"])
    assert is_in(expires_at(added), 1)
    await fail_unstarted(pool, ttl_hours=settings.upload_ttl_hours)
    assert (await sender.head(added.headers["Location"])).status == 200


async def test_no_file_waits_longer_than_its_upload(sender: Sender, pool: Pool) -> None:
    url = (await sender.create("a.png", len(DATA))).headers["Location"]
    await pool.execute("UPDATE batch_reports SET expires_at = now() + interval '20 min'")
    assert is_in(expires_at(await sender.head(url)), 1 / 3)
