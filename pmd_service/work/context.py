"""The resources that jobs work with."""

import msgspec

from ..base.database import Pool
from ..base.public_ids import PublicIds
from ..base.schema import Schema
from ..base.settings import Settings
from ..media.spare import Spare
from ..site.feeds import Feeds
from ..vault import RemoteArtworks, Vault
from .queue import Queues


class WorkerContext(msgspec.Struct, frozen=True, kw_only=True):
    """A worker process's resources; arq's jobs find them as ``context["worker"]``."""

    pool: Pool
    queues: Queues
    vault: Vault
    remote: RemoteArtworks
    ids: PublicIds
    settings: Settings
    spare: Spare | None = None
    feeds: Feeds | None = None
    schema: Schema = msgspec.field(default_factory=Schema)
