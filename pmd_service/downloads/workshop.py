"""What the jobs work with."""

import msgspec

from ..database import Pool
from ..mail import Mailer
from ..public_ids import PublicIds
from ..queue import Doorbell
from ..settings import Settings
from ..vault import RemoteArtworks, Vault


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's resources, as each job finds them under ``context["workshop"]``."""

    pool: Pool
    doorbell: Doorbell
    vault: Vault
    remote: RemoteArtworks
    ids: PublicIds
    settings: Settings
    mailer: Mailer | None
