"""What becomes of a fetch that must not succeed."""

from pathlib import Path

import pytest

from pmd_service.vault import ArtworkUnavailableError, RemoteArtworks, RemoteFaultError

MAX_BYTES = 1000


async def refusal(remote: RemoteArtworks, url: str, target: Path, *, max_bytes: int = MAX_BYTES) -> str:
    with pytest.raises(ArtworkUnavailableError) as refused:
        await remote.fetch(url, target, max_bytes=max_bytes)
    assert not target.exists()
    return str(refused.value)


async def fault(remote: RemoteArtworks, url: str, target: Path) -> None:
    with pytest.raises(RemoteFaultError):
        await remote.fetch(url, target, max_bytes=MAX_BYTES)
    assert not target.exists()
