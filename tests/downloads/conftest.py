"""What the jobs work with."""

from collections.abc import AsyncIterator

import pytest

from pmd_service.downloads.workshop import Workshop
from pmd_service.public_ids import PublicIds
from pmd_service.queue import Doorbell
from pmd_service.settings import Settings
from pmd_service.vault import LocalVault, RemoteArtworks

from ..site import Site


@pytest.fixture
async def workshop(site: Site, settings: Settings) -> AsyncIterator[Workshop]:
    doorbell = Doorbell.connect(settings.redis_url)
    async with RemoteArtworks(user_agent="tests") as remote:
        yield Workshop(
            pool=site.pool,
            doorbell=doorbell,
            vault=LocalVault(settings.vault_path),
            remote=remote,
            ids=PublicIds(settings.sqids_alphabet),
            settings=settings,
            mailer=None,
        )
    await doorbell.close()
