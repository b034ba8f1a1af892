"""Messages against a real SMTP server: refusing, slow and vanishing ones among them."""

import asyncio
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from pmd_service.demo.stack import free_port
from pmd_service.downloads.mail import COMPOSERS, announce
from pmd_service.outbox.sender import MAX_RETRIES, delete_old_mails, mail_kind, sweep_outbox
from pmd_service.work import lease
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner
from pmd_service.work.sweep import take_over

from ..conftest import WorkOff
from ..site import Api, Site

MAILS = mail_kind(COMPOSERS)


class PostOffice:
    """An SMTP server's handler: ``answer`` is its reply to each message, or None to hang up in the middle.

    ``knows`` is its reply to each recipient, ``seconds`` how long it takes for a message, which ``goes_on`` may stop.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answer: str | None = "250 OK"
        self.knows = "250 OK"
        self.seconds = 0.0
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.seen = 0

    async def handle_RCPT(  # noqa: N802 - its API
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.knows

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its API
        self.seen += 1
        await asyncio.sleep(self.seconds)
        await self.goes_on.wait()
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


class Mail:
    """A worker that sends what is due to a mail server of its own."""

    def __init__(self, site: Site, worker: WorkerContext, office: PostOffice, port: int) -> None:
        self.site = site
        self.pool = site.pool
        self.office = office
        self.port = port
        self._worker = worker

    def worker(self, port: int | None, *, options: str = "") -> WorkerContext:
        """The worker with a mail server at this port; None: e-mail is off."""
        smtp_url = None if port is None else f"smtp://127.0.0.1:{port}{options}"
        settings = msgspec.structs.replace(self._worker.settings, smtp_url=smtp_url, mail_from="pmd@makapix.club")
        return msgspec.structs.replace(self._worker, settings=settings)

    async def add_outcome(self, *, address: str | None = "artist@example.org", **columns: Any) -> UUID:
        """A request whose message is due."""
        artist = await self.site.add_user("art<ist>", email=address)
        async with self.pool.acquire() as connection:
            bdr_id: UUID = await connection.fetchval(
                """INSERT INTO batch_download_requests
                          (user_id, requested_by, post_ids, artwork_count, send_email, status, file_path,
                           file_size_bytes, completed_at, expires_at, error_message, missing)
                   SELECT $1, $1, '{1,2,3}', 3, true, $2::text,
                          CASE $2 WHEN 'ready' THEN 'bdr/a/b.zip' END, CASE $2 WHEN 'ready' THEN 1572864 END,
                          now(), '2026-12-01T08:30Z', $3, $4
                   RETURNING id""",
                artist,
                columns.get("status", "ready"),
                columns.get("error_message"),
                columns.get("missing", []),
            )
            await announce(connection, [bdr_id])
        return bdr_id

    async def send(self, worker: WorkerContext | None = None) -> str:
        """One attempt at the mail, due or not; its status afterwards."""
        await self.pool.execute("UPDATE work SET due_at = now()")
        await self.deliver(worker)
        return str(await self.pool.fetchval("SELECT status FROM outbox"))

    async def deliver(self, worker: WorkerContext | None = None) -> None:
        """The mail's job comes."""
        await Runner(worker or self.worker(self.port), [MAILS]).run_next(MAILS)


@pytest.fixture
async def mail(site: Site, worker: WorkerContext) -> AsyncIterator[Mail]:
    office, port = PostOffice(), free_port()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, loop=loop), "127.0.0.1", port)
    yield Mail(site, worker, office, port)
    server.close()
    await server.wait_closed()


async def test_ready_download_mail_has_text_and_html(mail: Mail) -> None:
    missing = [{"sqid": "abc", "title": "<b>Lost</b>", "reason": "The post was deleted after the request."}]
    bdr_id = await mail.add_outcome(missing=missing)
    assert await mail.send() == "sent"
    (message,) = mail.office.messages
    assert message["Subject"] == "Your Makapix Club download is ready"
    assert (message["To"], message["From"]) == ("artist@example.org", "Makapix Club <pmd@makapix.club>")
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    artist = await mail.pool.fetchval("SELECT id FROM users")
    url = f"https://makapix.club/u/{mail.site.sqid(artist)}/posts?bdr={bdr_id}"
    for body in (text.get_content(), html.get_content()):
        assert url in body
        assert "2 artworks" in body
        assert "1.6 MB" in body
        assert "1 Dec 2026, 08:30 UTC" in body
        assert "The post was deleted after the request." in body
        assert "because you requested one" in body
    assert "Hello art<ist>," in text.get_content()
    assert "art&lt;ist&gt;" in html.get_content(), "what users write is escaped"
    assert "<b>Lost" not in html.get_content()


async def test_failure_mail_has_the_reason(mail: Mail) -> None:
    await mail.add_outcome(status="failed", error_message="None of the artworks can be had any more.")
    assert await mail.send() == "sent"
    (message,) = mail.office.messages
    assert "None of the artworks can be had any more." in str(message.get_body(("plain",)))


async def test_mail_is_sent_once_for_repeated_tickets(mail: Mail) -> None:
    await mail.add_outcome()
    await asyncio.gather(*(mail.deliver() for _ in range(5)))
    await mail.deliver()
    assert len(mail.office.messages) == 1


async def test_mail_about_the_same_state_is_queued_once(mail: Mail) -> None:
    bdr_id = await mail.add_outcome()
    async with mail.pool.acquire() as connection:
        assert not await announce(connection, [bdr_id])
    assert await mail.pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_mail_is_retried_after_a_4xx_reply_and_sent_once(mail: Mail) -> None:
    await mail.add_outcome()
    mail.office.answer = "451 try again later"
    assert await mail.send() == "due"
    await mail.deliver()
    assert mail.office.seen == 1, "it waits before it tries again"
    mail.office.answer = "250 OK"
    assert (await mail.send(), len(mail.office.messages)) == ("sent", 1)


async def test_mail_fails_after_hours_of_4xx_replies(mail: Mail) -> None:
    await mail.add_outcome()
    mail.office.answer = "451 try again later"
    # Ten minutes apart at most: three hours.
    assert [await mail.send() for _ in range(25)] == ["due"] * 24 + ["failed"]


async def test_old_settled_mails_are_deleted(mail: Mail) -> None:
    await mail.add_outcome()
    await delete_old_mails(mail.pool)
    assert await mail.send(mail.worker(None)) == "off", "what has not been sent is kept"
    for age_days, left in ((13, 1), (15, 0)):
        await mail.pool.execute("UPDATE outbox SET settled_at = now() - make_interval(days => $1)", age_days)
        await delete_old_mails(mail.pool)
        assert await mail.pool.fetchval("SELECT count(*) FROM outbox") == left


async def test_silence_after_the_message_is_unknown_and_not_retried(mail: Mail) -> None:
    """The server may have taken it: three tries would be three messages."""
    await mail.add_outcome()
    mail.office.answer = None
    assert await mail.send() == "unknown"
    assert (await mail.send(), mail.office.seen) == ("unknown", 1)


async def test_server_may_take_ten_minutes_to_confirm_a_mail(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmd_service.outbox.mailer.TIMEOUT_SECONDS", 1)
    mail.office.seconds = 1.5
    await mail.add_outcome()
    while (status := await mail.send()) == "due":  # a busy machine has taken that long to greet
        pass
    assert (status, mail.office.seen) == ("sent", 1)


async def test_unreachable_mail_server_fails_the_mail_after_hours(mail: Mail) -> None:
    nowhere = mail.worker(1)
    await mail.add_outcome()
    states = [await mail.send(nowhere) for _ in range(MAX_RETRIES + 2)]
    assert states == ["due"] * MAX_RETRIES + ["failed"] * 2
    assert await mail.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"


async def test_silent_mail_server_is_retried(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmd_service.outbox.mailer.TIMEOUT_SECONDS", 0.1)

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await mail.add_outcome()
    assert await mail.send(mail.worker(port)) == "due"
    server.close()


async def test_mail_is_not_sent_without_starttls(mail: Mail) -> None:
    """A man in the middle can remove the server's offer of STARTTLS."""
    await mail.add_outcome()
    assert (await mail.send(mail.worker(mail.port, options="?starttls=1")), mail.office.seen) == ("due", 0)


@pytest.mark.parametrize("reply", ["answer", "knows"])
async def test_refused_mail_is_not_retried(mail: Mail, reply: str) -> None:
    setattr(mail.office, reply, "550 no such user")
    await mail.add_outcome()
    assert await mail.send() == "failed"


async def test_recipient_refused_temporarily_is_retried(mail: Mail) -> None:
    mail.office.knows = "450 come again"
    await mail.add_outcome()
    assert await mail.send() == "due"
    mail.office.knows = "250 OK"
    assert (await mail.send(), mail.office.seen) == ("sent", 1)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(None, marks=pytest.mark.own_tables),  # the original's users all have one
        *("", "a@", "@b", "a@@b", "a b@c", "<a@b>", "ü@example.org", "a@bücher.example", "not one"),
        "a@b.c\r\nBcc: all@example.org",
    ],
)
async def test_missing_or_forged_address_gets_no_mail(mail: Mail, address: str | None) -> None:
    await mail.add_outcome(address=address)
    assert (await mail.send(), mail.office.seen) == ("failed", 0)


async def test_mail_status_is_off_without_a_mail_server(mail: Mail) -> None:
    await mail.add_outcome()
    assert await mail.send(mail.worker(None)) == "off"


async def test_worker_killed_while_connecting_does_not_lose_the_mail(mail: Mail) -> None:
    await mail.add_outcome()
    assert await lease.claim(mail.pool, MAILS) is not None
    await mail.pool.execute("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    await take_over(mail.pool, MAILS)
    assert await mail.pool.fetchval("SELECT status = 'due' AND due_at < now() + interval '2 s' FROM outbox, work")
    assert (await mail.send(), len(mail.office.messages)) == ("sent", 1)


async def test_worker_killed_while_sending_leaves_the_mail_unknown(mail: Mail) -> None:
    await mail.add_outcome()
    await mail.pool.execute("UPDATE outbox SET status = 'sending', sending_at = now()")
    await sweep_outbox(mail.worker(mail.port))
    assert await mail.send() == "sending", "its sender may be at it"
    await mail.pool.execute("UPDATE outbox SET sending_at = now() - interval '1 hour'")
    await sweep_outbox(mail.worker(mail.port))
    assert (await mail.send(), mail.office.seen) == ("unknown", 0)


async def test_mail_being_sent_is_not_claimed_again(mail: Mail) -> None:
    """Its sender may have lost Postgres only."""
    await mail.add_outcome()
    mail.office.goes_on.clear()
    sending = asyncio.create_task(mail.send())
    while not mail.office.seen:
        await asyncio.sleep(0.01)
    await mail.pool.execute("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    await take_over(mail.pool, MAILS)
    assert await mail.send() == "sending"
    mail.office.goes_on.set()
    await sending
    assert mail.office.seen == 1


@pytest.mark.parametrize("change", ["removed", "restarted"])
async def test_outdated_mail_is_dropped(mail: Mail, change: str) -> None:
    await mail.add_outcome(status="failed", error_message="No.")
    if change == "removed":
        await mail.pool.execute("UPDATE batch_download_requests SET deleted_at = now()")
    else:
        await mail.pool.execute("UPDATE batch_download_requests SET attempt = attempt + 1")
    assert (await mail.send(), mail.office.seen) == ("dropped", 0)


async def test_mail_only_if_requested(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user(email="artist@example.org")
    await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    await work_off()
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"
    assert await site.pool.fetchval("SELECT count(*) FROM outbox") == 0
