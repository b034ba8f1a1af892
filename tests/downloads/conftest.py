"""What the jobs work with."""

from collections.abc import AsyncIterator

import pytest

from pmd_service.ops.settings import Settings
from pmd_service.site.public_ids import PublicIds
from pmd_service.vault import RemoteArtworks
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queues

from ..site import Site


@pytest.fixture
async def worker(site: Site, settings: Settings) -> AsyncIterator[WorkerContext]:
    queues = Queues.connect(settings.redis_url)
    async with RemoteArtworks(user_agent="tests") as remote:
        yield WorkerContext(
            pool=site.pool,
            queues=queues,
            vault=site.stored,
            remote=remote,
            ids=PublicIds(settings.sqids_alphabet),
            settings=settings,
            mailer=None,
        )
    await queues.aclose()
