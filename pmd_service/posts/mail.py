"""The mail to a moderator: an artist has answered their reason for a hide."""

from collections.abc import Mapping
from email.message import EmailMessage

from ..locales import translatable
from ..outbox.mailer import Mailer
from ..outbox.message import compose_for
from ..outbox.sender import Compose, Mail
from ..work.context import WorkerContext
from .hides import TOPIC

_SUBJECT = translatable("An artist has answered you at {site}")

# A post that has been hidden again since has no answer any more.
_ANSWERED = """
SELECT hides.owner_id, reason, answer, posts.title, users.handle AS artist
  FROM post_hides AS hides
  JOIN posts ON posts.id = post_id
  JOIN users ON users.id = hides.owner_id
 WHERE post_id = $1 AND answered_at = $2::text::timestamptz
"""


async def compose_answered(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about an answer; None if it is outdated."""
    row = await worker.pool.fetchrow(_ANSWERED, int(mail.about), mail.deduplication_key)
    if row is None:
        return None
    values = dict(row)
    owner_id = values.pop("owner_id")
    return await compose_for(worker, mailer, mail, _SUBJECT, about="status=moderated", of=owner_id, **values)


COMPOSERS: Mapping[str, Compose] = {TOPIC: compose_answered}
