"""The vault that the settings name, as a resource."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from ..ops.settings import Settings
from .base import VAULT, Vault
from .keys import ARTWORK_PREFIX
from .local import LocalVault


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[Vault]:
    """The vault, for as long as the block lasts."""
    prefixes = (ARTWORK_PREFIX, *([settings.artwork_url_prefix] if settings.artwork_url_prefix else []))
    vault = LocalVault(settings.vault_path, prefixes)
    try:
        yield vault
    finally:
        await vault.close()


async def vault_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    async with opened_vault(settings) as vault:
        app[VAULT] = vault
        yield
