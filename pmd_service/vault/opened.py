"""The vault that the settings name, as a resource."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from ..ops.settings import Settings, SettingsError
from ..ops.store_url import StoreUrl
from .base import VAULT, Vault
from .keys import ARTWORK_PREFIX
from .local import LocalVault

if TYPE_CHECKING:
    from .s3 import S3Vault


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[Vault]:
    """The vault, for as long as the block lasts.

    Raises:
        SettingsError: it is an object store, and the extra that speaks with one is not installed.
    """
    prefixes = (ARTWORK_PREFIX, *([settings.artwork_url_prefix] if settings.artwork_url_prefix else []))
    if settings.vault_url is None:
        yield LocalVault(settings.vault_path, prefixes)
        return
    vault = _object_store(settings.vault_url, prefixes, direct=settings.vault_direct == "on")
    try:
        await vault.open()
        yield vault
    finally:
        await vault.close()


def _object_store(url: str, prefixes: Sequence[str], *, direct: bool) -> "S3Vault":
    try:
        from .s3 import S3Vault  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise SettingsError("VAULT_URL needs the extra “s3”: pip install 'pmd-service[s3]'") from error
    return S3Vault(StoreUrl.parse(url), direct=direct, artwork_prefixes=prefixes)


async def vault_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    async with opened_vault(settings) as vault:
        app[VAULT] = vault
        yield
