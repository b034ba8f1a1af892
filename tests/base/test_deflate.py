"""Checksums and compression by the extra “fast”, and without it."""

import os
import runpy
import sys
import zlib

import pytest

from pmd_service.base import deflate

FAST = "zlib_ng.zlib_ng"


@pytest.mark.parametrize("is_installed", [True, False])
def test_extra_changes_neither_checksums_nor_contents(monkeypatch: pytest.MonkeyPatch, is_installed: bool) -> None:
    if is_installed:
        pytest.importorskip(FAST, reason="the extra “fast”")
    else:
        monkeypatch.setitem(sys.modules, FAST, None)
    functions = runpy.run_path(deflate.__file__)
    crc32, compressobj = functions["crc32"], functions["compressobj"]
    assert (crc32 is zlib.crc32) is not is_installed
    text = os.urandom(300_001)
    for cut in (0, 1, 4_097, len(text)):
        assert crc32(memoryview(text)[cut:], crc32(text[:cut])) == zlib.crc32(text)
    packer = compressobj(2, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text) + packer.flush()
    assert zlib.decompress(packed, -zlib.MAX_WBITS) == text
