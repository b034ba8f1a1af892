"""A picture goes in, is approved, goes out in a pack and comes back, by a client that was generated from our API."""

import json
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pmd_client import AuthenticatedClient
from pmd_client.api.library import get_assets, post_asset_action, post_asset_edit
from pmd_client.api.packs import get_pack, get_pack_download, post_pack, post_pack_export
from pmd_client.api.uploads import get_upload, post_upload_form
from pmd_client.models import (
    AssetActionRequest,
    AssetActionRequestActionType0,
    AssetEditRequest,
    ChosenAsset,
    PackRequest,
    PackRequestLicenseType,
    PostUploadFormBody,
    Problem,
)
from pmd_client.types import File

OWN = {"provenance": "user_provided"}


def parsed(answer: Any) -> Any:
    assert not isinstance(answer, Problem), answer
    return answer


def until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> None:
    while not holds(parsed(ask())):
        time.sleep(0.1)


_, url, token, name = sys.argv
picture = Path(name)
client = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)
with picture.open("rb") as payload:
    form = PostUploadFormBody(files=[File(payload=payload, file_name="circle.png", mime_type="image/png")])
    upload = parsed(post_upload_form.sync(client=client, body=form))
until(lambda: get_upload.sync(upload.id, client=client), lambda parsed: parsed.status == "completed")
asset_ids = [asset.id for asset in parsed(get_assets.sync(client=client, upload_id=upload.id)).items]
parsed(post_asset_edit.sync(client=client, body=AssetEditRequest.from_dict({"asset_ids": asset_ids, "set": OWN})))
review = AssetActionRequest(action=AssetActionRequestActionType0.APPROVE, asset_ids=asset_ids)
approved = parsed(post_asset_action.sync(client=client, body=review))
wanted = PackRequest(
    name="Circle",
    license_type=PackRequestLicenseType.ROYALTY_FREE,
    assets=[ChosenAsset(asset_id=asset_id) for asset_id in asset_ids],
)
pack = parsed(post_pack.sync(client=client, body=wanted))
parsed(post_pack_export.sync(pack.id, client=client))
until(lambda: get_pack.sync(pack.id, client=client), lambda parsed: parsed.edition == 1)
archive = get_pack_download.sync_detailed(pack.id, client=client)
assert archive.status_code == HTTPStatus.OK
picture.with_name(f"{picture.name}.zip").write_bytes(archive.content)
sys.stdout.write(json.dumps({"approved": approved.affected_count}))
