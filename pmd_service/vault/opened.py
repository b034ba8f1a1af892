"""Opens the vault that the settings configure."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from ..base.settings import Settings, SettingsError
from ..base.store_url import StoreUrl
from .keys import ARTWORK_PREFIX
from .local import LocalVault
from .vault import VAULT, Vault


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[Vault]:
    """The configured vault, after removing scratch folders that killed processes have left on this host.

    Raises:
        SettingsError: it is an object store, and the extra “s3” is not installed.
    """
    prefixes = (ARTWORK_PREFIX, *([settings.artwork_url_prefix] if settings.artwork_url_prefix else []))
    if settings.vault_url is None:
        vault = LocalVault(settings.vault_path, prefixes)
        await vault.tidy_scratch()
        yield vault
        return
    async with _object_store(settings.vault_url, prefixes, direct=settings.vault_direct == "on") as store:
        await store.tidy_scratch()
        yield store


@asynccontextmanager
async def named_vault(name: str) -> AsyncIterator[Vault]:
    """A vault by its folder's path or its VAULT_URL.

    Raises:
        SettingsError: there is no such folder, or the URL is malformed.
    """
    if not name.startswith("s3://"):
        if not await asyncio.to_thread(Path(name).is_dir):
            raise SettingsError(f"{name} is neither a folder nor s3://…")
        yield LocalVault(Path(name))
        return
    async with _object_store(name, (ARTWORK_PREFIX,), direct=False) as vault:
        yield vault


@asynccontextmanager
async def _object_store(url: str, prefixes: Sequence[str], *, direct: bool) -> AsyncIterator[Vault]:
    try:
        from .s3 import S3Vault  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise SettingsError("VAULT_URL needs the extra “s3”: pip install 'pmd-service[s3]'") from error
    try:
        vault = S3Vault(StoreUrl.parse(url), direct=direct, artwork_prefixes=prefixes)
    except ValueError as error:
        raise SettingsError(f"{url}: {error}") from error
    try:
        await vault.open()
        yield vault
    finally:
        await vault.close()


async def vault_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    async with opened_vault(settings) as vault:
        app[VAULT] = vault
        yield
