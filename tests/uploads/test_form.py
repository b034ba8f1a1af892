"""A form: what becomes of one whose client hangs up."""

import asyncio
import gc
import io

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.http import middlewares

from ..hang import HANG_SECONDS
from ..site import Site
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
    _, client = await asyncio.open_connection(server.host, server.port)
    client.write(_FORM.format(headers=headers).encode() + bytes(2_000_000))
    async with asyncio.timeout(HANG_SECONDS):
        while not await site.keys("incoming/"):
            await asyncio.sleep(0.01)
        client.close()
        while middlewares._writes:
            await asyncio.sleep(0.01)
    assert await site.keys("incoming/") == []
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


async def test_a_form_whose_charset_is_none_is_refused(sender: Sender) -> None:
    named = '--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n{}\r\n--b--\r\n'
    for charset in ("utf-8" * 10, "utf-8"):
        body = io.BytesIO(named.format(charset).encode())
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = await sender.api.call("POST", "/api/pmd/uploads/form", user=sender.user, data=body, headers=headers)
        assert answer.status == 400, answer
