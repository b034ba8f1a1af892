"""tus's extensions expiration and termination, rule by rule."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..site import Site
from .conftest import Client, named


async def test_until_when_is_told_by_creation_head_and_every_patch(client: Client, settings: Settings) -> None:
    created = await client.create(Upload_Length="10", Upload_Metadata=named()["Upload-Metadata"])
    url = created.headers["Location"]
    answers = [created, await client.patch(url, b"0123"), await client.ask("HEAD", url)]
    answers.append(await client.patch(url, b"456789", 4))
    for answer in answers:
        told = answer.headers["Upload-Expires"]
        assert told.endswith(" GMT"), "as RFC 9110 writes dates"
        until = parsedate_to_datetime(told) - datetime.now(UTC)
        assert timedelta(0) < until <= timedelta(hours=settings.upload_ttl_hours)


async def test_what_is_too_late_is_gone(client: Client, pool: Pool) -> None:
    for url in (await client.file(10), await client.part(b"0123")):
        await pool.execute("UPDATE batch_reports SET expires_at = now() - interval '1 second'")
        assert (await client.ask("HEAD", url)).status == 410
        assert (await client.patch(url, b"0123")).status == 410


async def test_what_was_terminated_is_gone_and_so_are_its_bytes(client: Client, site: Site) -> None:
    for url in (await client.file(10), await client.part(b"0123")):
        assert (await client.ask("DELETE", url)).status == 204
        assert (await client.ask("HEAD", url)).status == 410
        assert (await client.patch(url, b"0123")).status == 410
        assert (await client.ask("DELETE", url)).status == 410
    assert await site.keys("incoming/") == []


async def test_what_is_not_there_cannot_be_terminated(client: Client) -> None:
    assert (await client.ask("DELETE", (await client.file())[:-3] + "000")).status == 404
