"""Sends files as a client would."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

from pmd_service.vault import Vault

from ..site import Answer, Api

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


def announced(path: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"path": path, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} | more


class Sender:
    """A user's client of the uploads' API."""

    def __init__(self, api: Api, user: int) -> None:
        self.api, self.user = api, user

    async def announce(self, *files: dict[str, Any], **body: Any) -> Answer:
        headers = body.pop("headers", None)
        return await self.api.post("/api/pmd/uploads", {"files": files} | body, user=self.user, headers=headers)

    async def check(self, *files: dict[str, Any]) -> Any:
        return (await self.api.post("/api/pmd/uploads/check", {"files": files}, user=self.user)).json

    async def head(self, url: str, **headers: str) -> Answer:
        return await self.api.call("HEAD", url, user=self.user, headers=TUS | headers)

    async def patch(
        self,
        url: str,
        data: bytes | AsyncIterator[bytes],
        offset: int = 0,
        *,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = TUS | {"Upload-Offset": str(offset), "Content-Type": BYTES} | (headers or {})
        return await self.api.call("PATCH", url, user=self.user, headers=sent, data=data)

    async def create(self, name: str, size: int, data: bytes | None = None, **metadata: str) -> Answer:
        fields = {"filename": name} | metadata
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())
        headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": pairs}
        if data is not None:
            headers["Content-Type"] = BYTES
        return await self.api.call("POST", "/api/pmd/uploads/tus", user=self.user, headers=headers, data=data)

    async def upload(self, upload_id: str) -> Any:
        return (await self.api.get(f"/api/pmd/uploads/{upload_id}", user=self.user)).json

    async def lines(self, upload_id: str, **params: str) -> list[dict[str, Any]]:
        answer = await self.api.get(f"/api/pmd/uploads/{upload_id}/files", user=self.user, params=params)
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    async def call(self, upload_id: str, verb: str, body: Any = None) -> Answer:
        path = f"/api/pmd/uploads/{upload_id}/{verb}"
        if body is None:
            return await self.api.call("POST", path, user=self.user)
        return await self.api.post(path, body, user=self.user)


async def send_all(sender: Sender, upload: Any, contents: dict[str, bytes]) -> None:
    for line in upload["files"]:
        if line["url"]:
            assert (await sender.patch(line["url"], contents[line["path"]])).status == 204


async def lying(vault: Vault) -> list[str]:
    """What is left of half-received files."""
    return [found.key async for page in vault.list("incoming/") for found in page]
