"""The object store's client, and its errors.

In a thread: files of credentials, of several reads in one hop.
"""

import asyncio
import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioRefreshableCredentials
from aiobotocore.session import get_session
from botocore.credentials import CredentialProvider
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader, create_loader

from ..base.settings import FILE, SettingsError, read_secret
from ..base.store_url import StoreUrl
from ..base.telemetry import VAULT_FAULTS
from .base import ObjectUnreadableError, VaultFaultError

CONNECT_SECONDS = 5.0
ATTEMPTS = 3
# A slow reader holds a connection for as long as it reads; others must not wait for it.
CONNECTIONS = 1000
# What an operator has to do; work waits meanwhile.
REMEDIES = {
    "RequestTimeTooSkewed": " This host's clock is wrong: run NTP.",
    "ExpiredToken": " The credentials have expired: renew them; what is in no file takes a restart.",
}
_FULL = re.compile("Quota|StorageFull")  # the codes of Ceph, MinIO and others
# What a refusal would be on a disk: whose fault it is depends on that (``base/faults``).
_ERRNOS = {401: errno.EACCES, 403: errno.EACCES, 429: errno.EBUSY, 503: errno.EBUSY, 507: errno.ENOSPC}
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# How often their files are read again; and for how long they are good if they cannot be.
REREAD_SECONDS = 60
LAST_SECONDS = 10 * 365 * 86_400


def create_client(url: StoreUrl, endpoint: str | None) -> Any:
    """A client, as an async context manager; creating it takes half a second.

    Raises:
        SettingsError: a file of its credentials cannot be used.
    """
    config = AioConfig(
        signature_version="s3v4",
        connect_timeout=min(CONNECT_SECONDS, url.timeout),
        read_timeout=url.timeout,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        max_pool_connections=CONNECTIONS,
        # Requests are signed over their bodies anyway, and some stores fail on trailing checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"} if endpoint else {},
    )
    session = get_session()
    session.register_component("data_loader", _descriptions())
    session.get_component("credential_provider").insert_before("env", _Files())
    return session.create_client("s3", region_name=url.region, endpoint_url=endpoint, config=config)


class _Files(CredentialProvider):  # type: ignore[misc]
    """Credentials of which any is in a file; otherwise botocore finds them as it documents.

    The files are read again: what mounts them renews them there before they expire. While they cannot be read, what
    was read last is used; botocore logs it.
    """

    METHOD = "files"
    CANONICAL_NAME = "custom-files"

    async def load(self) -> AioRefreshableCredentials | None:
        """Raises: SettingsError: a file cannot be used, or the key or its secret is missing."""
        if not any(os.environ.get(name + FILE) for name in CREDENTIALS):
            return None
        return AioRefreshableCredentials.create_from_metadata(
            await self._read(),
            refresh_using=self._read,
            method=self.METHOD,
            advisory_timeout=LAST_SECONDS - REREAD_SECONDS,
            mandatory_timeout=0,
        )

    async def _read(self) -> dict[str, str | None]:
        key, secret, token = await asyncio.to_thread(_credentials_of_files)
        last = datetime.now(UTC) + timedelta(seconds=LAST_SECONDS)
        return {"access_key": key, "secret_key": secret, "token": token, "expiry_time": last.isoformat()}


def _credentials_of_files() -> list[str | None]:
    found = [read_secret(os.environ, name) or None for name in CREDENTIALS]
    for name, value in zip(CREDENTIALS[:2], found, strict=False):
        if value is None:
            raise SettingsError(f"not set: {name}, or {name}{FILE}")
    return found


@contextmanager
def translate_faults() -> Iterator[None]:
    """Raise all errors of the store as VaultFaultError, except those of a single object."""
    try:
        yield
    except ObjectUnreadableError:
        raise
    except ClientError as error:
        VAULT_FAULTS.inc()
        message = f"The object store refuses {error.operation_name}: {code_of(error)}."
        number = errno.ENOSPC if _FULL.search(code_of(error)) else _ERRNOS.get(status_of(error))
        remedy = " It is full: raise its quota." if number == errno.ENOSPC else REMEDIES.get(code_of(error), "")
        raise VaultFaultError(message + remedy) from (OSError(number, code_of(error)) if number else error)
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
        VAULT_FAULTS.inc()
        raise VaultFaultError(f"The object store does not answer: {type(error).__name__}.") from error


def status_of(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "?"))


def is_refusal(error: ClientError) -> bool:
    """Whether the error may concern the object alone: neither a failure of the store nor a request to retry."""
    return 400 <= status_of(error) < 500 and status_of(error) not in (408, 429)


@cache
def _descriptions() -> Loader:
    """botocore's descriptions of S3, loaded once a process: otherwise each client loads 5 MB of them."""
    loader: Loader = create_loader()
    return loader
