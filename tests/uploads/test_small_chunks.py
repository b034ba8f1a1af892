"""A body in chunks of one byte, which nginx would join."""

import asyncio

from aiohttp.test_utils import TestServer

from ..hang import HANG_SECONDS
from ..site import Api
from .sender import BYTES, TUS, Sender, announced

DATA = bytes(range(256)) * 40


async def test_a_body_in_chunks_of_one_byte_arrives_whole(server: TestServer, api: Api, sender: Sender) -> None:
    upload = (await sender.announce(announced("red.png", DATA))).json
    upload_id, url = upload["id"], upload["files"][0]["url"]
    _, writer = await asyncio.open_connection(server.host, server.port)
    head = TUS | api.sign(sender.user)
    head |= {"Host": "localhost", "Upload-Offset": "0", "Content-Type": BYTES, "Transfer-Encoding": "chunked"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"PATCH {url} HTTP/1.1\r\n{lines}\r\n".encode())
    writer.write(b"".join(b"1\r\n%c\r\n" % byte for byte in DATA) + b"0\r\n\r\n")
    async with asyncio.timeout(HANG_SECONDS):
        while (await sender.upload(upload_id))["received_bytes"] < len(DATA):
            await asyncio.sleep(0.02)
    assert (await sender.lines(upload_id))[0]["sha256"] == announced("red.png", DATA)["sha256"]
    writer.close()
    await writer.wait_closed()
