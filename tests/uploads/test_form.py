"""A form: what becomes of one whose client hangs up."""

import asyncio
import errno
import gc
import io

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.http import middlewares
from pmd_service.vault import VaultFaultError
from pmd_service.vault.local_incoming import LocalIncomingWriter

from ..hang import HANG_SECONDS
from ..site import Answer, Site
from .sender import Sender

_FORM = (
    "POST /api/pmd/uploads/form HTTP/1.1\r\nHost: makapix.club\r\nContent-Length: 5000000\r\n{headers}\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    '--b\r\nContent-Disposition: form-data; name="files[]"; filename="a.png"\r\n\r\n'
)


async def test_a_client_that_hangs_up_leaves_no_bytes_and_no_error_behind(
    sender: Sender, server: TestServer, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    headers = "\r\n".join(f"{name}: {value}" for name, value in sender.api.sign(sender.user).items())
    of_other_tests = {*middlewares._writes}
    _, client = await asyncio.open_connection(server.host, server.port)
    client.write(_FORM.format(headers=headers).encode() + bytes(2_000_000))
    async with asyncio.timeout(HANG_SECONDS):
        while not await site.keys("incoming/"):
            await asyncio.sleep(0.01)
        client.close()
        while middlewares._writes - of_other_tests:
            await asyncio.sleep(0.01)
    assert await site.keys("incoming/") == []
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


_PART = '--b\r\nContent-Disposition: form-data; name="{}"; filename="a.bin"{}\r\n\r\n{}\r\n--b--\r\n'


async def send_part(sender: Sender, *part: str) -> Answer:
    body, headers = io.BytesIO(_PART.format(*part).encode()), {"Content-Type": "multipart/form-data; boundary=b"}
    return await sender.api.call("POST", "/api/pmd/uploads/form", user=sender.user, data=body, headers=headers)


async def test_a_form_with_an_invalid_charset_is_refused(sender: Sender) -> None:
    for charset in ("utf-8" * 10, "utf-8"):
        answer = await send_part(sender, "_charset_", "", charset)
        assert answer.status == 400, answer


async def test_a_disk_that_is_full_for_a_form_is_507(
    sender: Sender, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(*_: object, **__: object) -> None:
        raise VaultFaultError("full") from OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(LocalIncomingWriter, "write", write)
    answer = await send_part(sender, "files[]", "", "red")
    assert (answer.status, answer.json["status"]) == (507, 507)
    assert await site.keys("incoming/") == []


async def test_files_in_a_wrapping_are_refused(sender: Sender) -> None:
    for encoding, status in (("base64", 400), ("Quoted-Printable", 400), ("binary", 202), ("8BIT", 202)):
        answer = await send_part(sender, "files[]", f"\r\nContent-Transfer-Encoding: {encoding}", "cmVk")
        assert answer.status == status, answer
