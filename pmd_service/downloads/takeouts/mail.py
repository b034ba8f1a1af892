"""What is told about a takeout by mail: once, when all of its parts have ended (SPEC section 5)."""

from collections.abc import Mapping
from email.message import EmailMessage
from uuid import UUID

from ...outbox import Mailer, compose
from ...outbox.sender import Compose, Mail
from ...work.context import WorkerContext
from ..mail import find_reader, readable_size
from .queries import find_takeout

_SUBJECTS = {
    "ready": "Everything of yours at {site} is ready",
    "partial": "Nearly everything of yours at {site} is ready",
    "failed": "Your takeout of {site} could not be built",
}


async def compose_ended(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about a takeout that has ended; None when it is gone or goes on, as after a retry.

    Raises:
        ValueError: the user has no address, or one that is none.
    """
    takeout = await find_takeout(worker.pool, user_id=mail.user_id, takeout_id=UUID(mail.about))
    if takeout is None or takeout.status not in _SUBJECTS:
        return None
    reader, site = await find_reader(worker, mail.user_id), worker.settings.site_name
    return compose(
        "takeout_ended",
        subject=_SUBJECTS[takeout.status].format(site=site),
        sender=mailer.mail_from,
        sender_name=site,
        recipient=reader.email,
        site=site,
        handle=reader.handle,
        takeout=takeout,
        size=readable_size(takeout.file_size_bytes),
        url=f"{reader.dashboard_url}?takeout={takeout.id}",
    )


COMPOSERS: Mapping[str, Compose] = {"takeout_ended": compose_ended}
