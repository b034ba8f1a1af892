"""Messages against a real SMTP server: refusing, slow and vanishing ones among them."""

import asyncio
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from pmd_service.demo.stack import free_port
from pmd_service.downloads.mail import send_bdr_email
from pmd_service.outbox import Mailer
from pmd_service.work.context import WorkerContext

from ..site import Site


class PostOffice:
    """An SMTP server's handler: ``answer`` is its word on each message, or None to hang up in the middle."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answer: str | None = "250 OK"
        self.seen = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its API
        self.seen += 1
        if self.answer is None:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return ""
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = BytesParser(policy=email.policy.default).parsebytes(envelope.content)
            assert isinstance(parsed, EmailMessage)
            self.messages.append(parsed)
        return self.answer


@pytest.fixture
async def post_office() -> AsyncIterator[tuple[PostOffice, int]]:
    office, port = PostOffice(), free_port()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, loop=loop), "127.0.0.1", port)
    yield office, port
    server.close()
    await server.wait_closed()


@pytest.fixture
def worker(worker: WorkerContext, post_office: tuple[PostOffice, int]) -> WorkerContext:
    mailer = Mailer(f"smtp://127.0.0.1:{post_office[1]}", "pmd@makapix.club", timeout_seconds=1)
    return msgspec.structs.replace(worker, mailer=mailer)


async def add_outcome(site: Site, *, address: str | None = "artist@example.org", **columns: Any) -> str:
    """A request whose message is due; its id."""
    artist = await site.add_user("art<ist>", email=address)
    bdr_id = await site.pool.fetchval(
        """INSERT INTO batch_download_requests
                  (user_id, requested_by, post_ids, artwork_count, send_email, status, file_path, file_size_bytes,
                   completed_at, expires_at, error_message, missing, email_status, email_at)
           SELECT $1, $1, '{1,2,3}', 3, true, $2::text,
                  CASE $2 WHEN 'ready' THEN 'bdr/a/b.zip' END, CASE $2 WHEN 'ready' THEN 1572864 END,
                  now(), '2026-12-01T08:30Z', $3, $4, 'due', now()
           RETURNING id""",
        artist,
        columns.get("status", "ready"),
        columns.get("error_message"),
        columns.get("missing", []),
    )
    return str(bdr_id)


async def email_status(site: Site) -> str:
    return str(await site.pool.fetchval("SELECT email_status FROM batch_download_requests"))


async def test_a_ready_download_is_announced_in_text_and_html(
    site: Site, worker: WorkerContext, post_office: tuple[PostOffice, int]
) -> None:
    missing = [{"sqid": "abc", "title": "<b>Lost</b>", "reason": "The post was deleted after the request."}]
    bdr_id = await add_outcome(site, missing=missing)
    await send_bdr_email({"worker": worker}, bdr_id)
    (message,) = post_office[0].messages
    assert message["Subject"] == "Your Makapix Club download is ready"
    assert (message["To"], message["From"]) == ("artist@example.org", "Makapix Club <pmd@makapix.club>")
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    artist = await site.pool.fetchval("SELECT id FROM users")
    url = f"https://makapix.club/u/{site.sqid(artist)}/posts?bdr={bdr_id}"
    for body in (text.get_content(), html.get_content()):
        assert url in body
        assert "2 artworks" in body
        assert "1.5 MiB" in body
        assert "2026-12-01 08:30 UTC" in body
        assert "The post was deleted after the request." in body
        assert "because you asked for one" in body
    assert "Hello art<ist>," in text.get_content()
    assert "art&lt;ist&gt;" in html.get_content(), "what users write is escaped"
    assert "<b>Lost" not in html.get_content()
    assert await email_status(site) == "sent"


async def test_a_final_failure_is_told_with_its_reason(
    site: Site, worker: WorkerContext, post_office: tuple[PostOffice, int]
) -> None:
    bdr_id = await add_outcome(site, status="failed", error_message="None of the artworks can be had any more.")
    await send_bdr_email({"worker": worker}, bdr_id)
    (message,) = post_office[0].messages
    body = message.get_body(("plain",))
    assert body is not None
    assert "None of the artworks can be had any more." in body.get_content()


async def test_a_message_is_sent_once_however_often_its_job_comes(
    site: Site, worker: WorkerContext, post_office: tuple[PostOffice, int]
) -> None:
    bdr_id = await add_outcome(site)
    await asyncio.gather(*(send_bdr_email({"worker": worker}, bdr_id) for _ in range(5)))
    await send_bdr_email({"worker": worker}, bdr_id)
    assert len(post_office[0].messages) == 1


@pytest.mark.parametrize("trouble", ["451 try again later", None], ids=["says later", "hangs up"])
async def test_a_passing_trouble_is_tried_again_and_delivered_once(
    site: Site, worker: WorkerContext, post_office: tuple[PostOffice, int], trouble: str | None
) -> None:
    office = post_office[0]
    bdr_id = await add_outcome(site)
    office.answer = trouble
    await send_bdr_email({"worker": worker}, bdr_id)
    assert await email_status(site) == "due"
    await send_bdr_email({"worker": worker}, bdr_id)
    assert office.seen == 1, "it waits before it tries again"
    office.answer = "250 OK"
    await site.pool.execute("UPDATE batch_download_requests SET email_at = now()")
    await send_bdr_email({"worker": worker}, bdr_id)
    assert (await email_status(site), len(office.messages)) == ("sent", 1)


async def test_a_server_that_is_not_there_is_given_up_after_several_tries(site: Site, worker: WorkerContext) -> None:
    nowhere = msgspec.structs.replace(worker, mailer=Mailer("smtp://127.0.0.1:1", "pmd@makapix.club"))
    bdr_id = await add_outcome(site)
    states = []
    for _ in range(7):
        await site.pool.execute("UPDATE batch_download_requests SET email_at = now()")
        await send_bdr_email({"worker": nowhere}, bdr_id)
        states.append(await email_status(site))
    assert states == ["due"] * 5 + ["failed"] * 2
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"


async def test_a_server_that_says_nothing_is_left_and_tried_again(site: Site, worker: WorkerContext) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mailer = Mailer(f"smtp://127.0.0.1:{port}", "pmd@makapix.club", timeout_seconds=0.2)
    bdr_id = await add_outcome(site)
    await send_bdr_email({"worker": msgspec.structs.replace(worker, mailer=mailer)}, bdr_id)
    assert await email_status(site) == "due"
    server.close()


async def test_a_refused_message_is_not_tried_again(
    site: Site, worker: WorkerContext, post_office: tuple[PostOffice, int]
) -> None:
    post_office[0].answer = "550 no such user"
    bdr_id = await add_outcome(site)
    await send_bdr_email({"worker": worker}, bdr_id)
    assert await email_status(site) == "failed"


@pytest.mark.parametrize(
    "address",
    [pytest.param(None, marks=pytest.mark.own_tables), "", "not an address", "a@b.c\r\nBcc: everybody@example.org"],
)
async def test_no_address_or_a_forged_one_gets_no_message(
    site: Site, worker: WorkerContext, post_office: tuple[PostOffice, int], address: str | None
) -> None:
    bdr_id = await add_outcome(site, address=address)
    await send_bdr_email({"worker": worker}, bdr_id)
    assert (await email_status(site), post_office[0].seen) == ("failed", 0)


async def test_without_a_mail_server_messages_are_off_and_the_row_says_so(site: Site, worker: WorkerContext) -> None:
    bdr_id = await add_outcome(site)
    await send_bdr_email({"worker": msgspec.structs.replace(worker, mailer=None)}, bdr_id)
    assert await email_status(site) == "off"
