"""A user's server on this machine, which the setting for tests allows."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker

from ..origin import Origin
from ..site import Site
from .receiver import Receiver, Sending


@pytest.fixture
def receiver(origin: Origin) -> Receiver:
    return Receiver(origin)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, user_webhooks="anywhere")


@pytest.fixture
async def sending(site: Site, settings: Settings) -> AsyncIterator[Sending]:
    async with opened_worker(settings) as worker:
        yield Sending(worker)


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user(email="artist@example.org")
