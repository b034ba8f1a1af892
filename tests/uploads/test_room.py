"""Whether there is room on the disk for what is announced."""

import pytest

from pmd_service.uploads import room
from pmd_service.vault import Vault

from .sender import Sender

GIB = 1 << 30


async def test_the_room_on_the_disk_is_promised_once(
    sender: Sender, stored: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = await stored.free_bytes()
    assert free is not None
    # So much that what others write on this disk meanwhile makes no difference.
    monkeypatch.setattr(room, "DISK_RESERVE_BYTES", free - 3 * GIB // 2)
    assert (await sender.announce({"path": "a.mp4", "size": GIB})).status == 201
    assert (await sender.announce({"path": "b.mp4", "size": GIB})).status == 507
