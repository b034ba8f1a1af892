"""Opens the vault that the settings configure."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import gettempdir

import aiofiles.os
from aiohttp import web

from ..base.settings import Settings, SettingsError
from ..base.store_url import StoreUrl
from .keys import ARTWORK_PREFIX
from .local import local_vault
from .vault import VAULT, Vault


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[Vault]:
    """The configured vault, after removing scratch folders that killed processes have left on this host.

    Raises:
        SettingsError: it is an object store, and the extra “s3” is not installed.
    """
    prefixes = (ARTWORK_PREFIX, *([settings.artwork_url_prefix] if settings.artwork_url_prefix else []))
    async with AsyncExitStack() as opened:
        vault = (
            local_vault(settings.vault_path, prefixes)
            if settings.vault_url is None
            else await opened.enter_async_context(
                store_vault(settings.vault_url, prefixes, direct=settings.vault_direct == "on")
            )
        )
        await vault.tidy_scratch()
        yield vault


@asynccontextmanager
async def named_vault(name: str) -> AsyncIterator[Vault]:
    """A vault by its folder's path or its VAULT_URL.

    Raises:
        SettingsError: there is no such folder, or the URL is malformed.
    """
    if name.startswith("s3://"):
        async with store_vault(name) as vault:
            yield vault
    elif await aiofiles.os.path.isdir(name):
        yield local_vault(Path(name))
    else:
        raise SettingsError(f"{name} is neither a folder nor s3://…")


@asynccontextmanager
async def store_vault(
    url: str, artwork_prefixes: Sequence[str] = (ARTWORK_PREFIX,), *, direct: bool = False
) -> AsyncIterator[Vault]:
    """The vault on an object store.

    Raises:
        SettingsError: the URL is malformed, or the extra “s3” is not installed.
    """
    try:
        from .s3_store import S3Store  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise SettingsError("VAULT_URL needs the extra “s3”: pip install 'pmd-service[s3]'") from error
    try:
        store = S3Store(StoreUrl.parse(url))
    except ValueError as error:
        # Without what may be a key and its secret.
        place = url.partition("?")[0].rpartition("@")[2].removeprefix("s3://")
        raise SettingsError(f"s3://{place}: {error}") from error
    try:
        await store.open()
        yield Vault(store, Path(gettempdir()) / "pmd-scratch", artwork_prefixes=artwork_prefixes, direct=direct)
    finally:
        await store.close()


async def vault_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    async with opened_vault(settings) as vault:
        app[VAULT] = vault
        yield
