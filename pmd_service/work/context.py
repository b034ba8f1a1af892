"""What the jobs work with."""

import msgspec

from ..database import Pool
from ..ops.settings import Settings
from ..outbox import Mailer
from ..site.public_ids import PublicIds
from ..vault import RemoteArtworks, Vault
from .queue import Queues


class WorkerContext(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's resources, as each job finds them under ``context["worker"]``."""

    pool: Pool
    queues: Queues
    vault: Vault
    remote: RemoteArtworks
    ids: PublicIds
    settings: Settings
    mailer: Mailer | None
