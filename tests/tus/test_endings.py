"""tus's extensions expiration and termination, rule by rule."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..conftest import WorkOff
from ..site import Site
from ..uploads.pictures import picture
from .conftest import Client, named

NAME = named()["Upload-Metadata"]


async def test_creation_head_and_every_patch_have_upload_expires(client: Client, settings: Settings) -> None:
    created = await client.create(Upload_Length="10", Upload_Metadata=NAME)
    url = created.headers["Location"]
    answers = [created, await client.patch(url, b"0123"), await client.ask("HEAD", url)]
    answers.append(await client.patch(url, b"456789", 4))
    for answer in answers:
        reported = answer.headers["Upload-Expires"]
        assert reported.endswith(" GMT"), "as RFC 9110 writes dates"
        until = parsedate_to_datetime(reported) - datetime.now(UTC)
        assert timedelta(0) < until <= timedelta(hours=settings.upload_ttl_hours)


async def test_a_refusal_has_upload_expires_as_well(client: Client) -> None:
    url = await client.file(10)
    for data, offset, checksum, status in (
        (b"0123", 4, None, 409),
        (b"0123456789ab", 0, None, 413),
        (b"0123", 0, "sha1 " + "A" * 27 + "=", 460),
    ):
        answer = await client.patch(url, data, offset, Upload_Checksum=checksum)
        assert (answer.status, answer.headers["Upload-Expires"][-4:]) == (status, " GMT")


async def test_what_is_too_late_is_gone(client: Client, pool: Pool) -> None:
    for url in (await client.file(10), await client.part(b"0123")):
        await pool.execute("UPDATE batch_reports SET expires_at = now() - interval '1 second'")
        assert (await client.ask("HEAD", url)).status == 410
        assert (await client.patch(url, b"0123")).status == 410
        assert (await client.ask("DELETE", url)).status == 410


async def test_what_was_terminated_is_gone_and_so_are_its_bytes(client: Client, site: Site) -> None:
    for url in (await client.file(10), await client.part(b"0123")):
        assert (await client.ask("DELETE", url)).status == 204
        assert (await client.ask("HEAD", url)).status == 410
        assert (await client.patch(url, b"0123")).status == 410
        assert (await client.ask("DELETE", url)).status == 410
    assert await site.keys("incoming/") == []


async def test_what_came_in_goes_to_the_trash_unless_it_was_used_since(
    client: Client, pool: Pool, work_off: WorkOff
) -> None:
    fresh = await client.file(len(picture(0)))
    beside = named(upload=fresh.split("/")[4])["Upload-Metadata"]
    used, other = [await client.address(Upload_Length=str(len(picture(0))), Upload_Metadata=beside) for _ in range(2)]
    for number, url in enumerate((fresh, used, other)):
        assert (await client.patch(url, picture(number))).status == 204
        await work_off()
    await pool.execute("UPDATE asset SET approved = true, updated_at = now() WHERE id = 2")
    assert (await client.ask("HEAD", fresh)).status == 200
    assert [(await client.ask("DELETE", url)).status for url in (fresh, used)] == [204, 409]
    trashed = await pool.fetch("SELECT id FROM asset WHERE deleted_at IS NOT NULL")
    assert [row["id"] for row in trashed] == [1]
    assert [(await client.ask("HEAD", url)).status for url in (fresh, used, other)] == [410, 200, 200]
    assert (await client.ask("DELETE", fresh)).status == 410


async def test_a_file_that_is_being_probed_is_terminated_later(client: Client, pool: Pool) -> None:
    url = await client.address(b"0123", Upload_Length="4", Upload_Metadata=NAME)
    await pool.execute("""UPDATE batch_report_files SET processing_status = 'processing'""")
    answer = await client.ask("DELETE", url)
    assert (answer.status, answer.headers["Retry-After"]) == (423, "1")


async def test_what_is_not_there_cannot_be_terminated(client: Client) -> None:
    assert (await client.ask("DELETE", (await client.file())[:-3] + "000")).status == 404
