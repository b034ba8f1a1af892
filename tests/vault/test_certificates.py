"""An object store over TLS, whose certificate is of an authority of one's own."""

from pathlib import Path

import pytest

from pmd_service.base.store_url import StoreUrl
from pmd_service.demo.object_store import ObjectStore
from pmd_service.vault import VaultFaultError
from pmd_service.vault.s3_client import create_client, translate_faults

from ..s3 import proxied
from ..valkeys import certificate


async def test_a_store_is_trusted_by_the_authority_that_is_named(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certificate(tmp_path)
    async with proxied(object_store.port, tls=context) as proxy:
        url = StoreUrl.parse(object_store.vault_url(endpoint=f"https://127.0.0.1:{proxy.port}"))

        async def keys() -> int:
            async with create_client(url, url.endpoint) as client:
                with translate_faults():
                    return int((await client.list_objects_v2(Bucket=url.bucket, Prefix="of-nobody"))["KeyCount"])

        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
        with pytest.raises(VaultFaultError):
            await keys()
        monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
        assert await keys() == 0
