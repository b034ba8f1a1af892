"""Checksums by the extra “fast”, and without it."""

import os
import runpy
import sys
import zlib

import pytest

from pmd_service.base import crc

FAST = "zlib_ng.zlib_ng"


@pytest.mark.parametrize("is_installed", [True, False])
def test_a_checksum_is_the_same_with_the_extra_and_without(monkeypatch: pytest.MonkeyPatch, is_installed: bool) -> None:
    if is_installed:
        pytest.importorskip(FAST, reason="the extra “fast”")
    else:
        monkeypatch.setitem(sys.modules, FAST, None)
    crc32 = runpy.run_path(crc.__file__)["crc32"]
    assert (crc32 is zlib.crc32) is not is_installed
    text = os.urandom(300_001)
    for cut in (0, 1, 4_097, len(text)):
        assert crc32(memoryview(text)[cut:], crc32(text[:cut])) == zlib.crc32(text)
