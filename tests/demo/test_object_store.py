"""The object store of the demo: what it leaves behind."""

import json
from pathlib import Path

from pmd_service.demo.object_store import ObjectStore


def test_a_stopped_object_store_leaves_no_sockets_behind(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path / "store")
    store.start()
    ports = json.loads((tmp_path / "store" / "ports.json").read_text())
    assert sockets_of(ports)
    store.stop()
    assert not sockets_of(ports)


def sockets_of(ports: list[int]) -> list[Path]:
    return [each for port in ports for each in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]
