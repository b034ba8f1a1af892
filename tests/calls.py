"""The calls of the whole API, as their owner makes them: the rules of ``test_rules`` are tried on each."""

from typing import Any, NamedTuple
from uuid import uuid4


class Call(NamedTuple):
    """A call that succeeds for the owner of what it names.

    Args:
        body: what is sent; ``POSTS`` in it stands for the ids of the owner's posts, ``ASSETS`` for those of their
            files, ``ASSET`` for one, and ``GROUP`` for a group of tasks.
        bdr: the state of the request that the path names.
        upload: the state of the upload that the path names.
        job: the state of the task that the path names.
        form: whether a form with a file is sent.
        headers: what is sent beside the token.
    """

    status: int
    body: dict[str, Any] | None = None
    bdr: str = "pending"
    upload: str = "processing"
    job: str = "pending"
    form: bool = False
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it


POSTS, ASSETS, ASSET, GROUP = object(), object(), object(), object()
TUS = {"Tus-Resumable": "1.0.0"}

CALLS = {
    "GET /api/pmd/posts": Call(200),
    "GET /api/pmd/posts/{post_id}/art": Call(200),
    "POST /api/pmd/action": Call(200, {"action": "hide", "post_ids": POSTS}),
    "POST /api/pmd/license": Call(200, {"license_id": 1, "post_ids": POSTS}),
    "POST /api/pmd/edit": Call(200, {"add_hashtags": ["sea"], "post_ids": POSTS}),
    "GET /api/pmd/users": Call(200),
    "POST /api/pmd/session": Call(204),
    "DELETE /api/pmd/session": Call(204),
    "GET /api/pmd/audit": Call(200),
    "POST /api/pmd/bdr": Call(202, {"post_ids": POSTS}),
    "GET /api/pmd/bdr": Call(200),
    "GET /api/pmd/bdr/sse": Call(200),
    "GET /api/pmd/sse": Call(200),
    "GET /api/pmd/bdr/{bdr_id}": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/missing": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/posts": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/assets": Call(200),
    "POST /api/pmd/takeout": Call(202, {}),
    "GET /api/pmd/takeout": Call(200),
    "GET /api/pmd/takeout/{takeout_id}": Call(200),
    "POST /api/pmd/takeout/{takeout_id}/cancel": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/download": Call(200, bdr="ready"),
    "DELETE /api/pmd/bdr/{bdr_id}": Call(204, bdr="ready"),
    "POST /api/pmd/bdr/{bdr_id}/retry": Call(200, bdr="failed"),
    "POST /api/pmd/bdr/{bdr_id}/cancel": Call(200),
    "GET /api/pmd/assets": Call(200),
    "POST /api/pmd/assets/action": Call(200, {"action": "approve", "asset_ids": ASSETS}),
    "POST /api/pmd/assets/edit": Call(200, {"asset_ids": ASSETS, "set": {"theme": "sea"}}),
    "POST /api/pmd/assets/publish": Call(200, {"asset_ids": ASSETS}),
    "GET /api/pmd/assets/{asset_id}": Call(200),
    "GET /api/pmd/assets/{asset_id}/file": Call(200),
    "GET /api/pmd/assets/{asset_id}/preview": Call(200),
    "GET /api/pmd/packs": Call(200),
    "POST /api/pmd/packs": Call(201, {"name": "Sea", "license_type": "royalty_free", "assets": [{"asset_id": ASSET}]}),
    "GET /api/pmd/packs/{pack_id}": Call(200),
    "PATCH /api/pmd/packs/{pack_id}": Call(200, {"theme": "sea"}),
    "DELETE /api/pmd/packs/{pack_id}": Call(204),
    "PUT /api/pmd/packs/{pack_id}/assets": Call(200, {"assets": [{"asset_id": ASSET}]}),
    "POST /api/pmd/packs/{pack_id}/check": Call(200),
    "POST /api/pmd/packs/{pack_id}/export": Call(202),
    "GET /api/pmd/packs/{pack_id}/download": Call(200),
    "POST /api/pmd/uploads/check": Call(200, {"files": [{"path": "notes.txt", "size": 1}]}),
    "POST /api/pmd/uploads": Call(201, {"files": [{"path": "notes.txt", "size": 1}]}),
    "GET /api/pmd/uploads": Call(200),
    "POST /api/pmd/uploads/form": Call(202, form=True),
    "OPTIONS /api/pmd/uploads/tus": Call(204),
    "POST /api/pmd/uploads/tus": Call(
        201, headers=TUS | {"Upload-Length": "0", "Upload-Metadata": "filename YS5wbmc="}
    ),
    "GET /api/pmd/uploads/{upload_id}": Call(200),
    "GET /api/pmd/uploads/{upload_id}/files": Call(200),
    "GET /api/pmd/uploads/{upload_id}/files.csv": Call(200),
    "OPTIONS /api/pmd/uploads/{upload_id}/files/{file_id}": Call(204),
    "PATCH /api/pmd/uploads/{upload_id}/files/{file_id}": Call(
        204, headers=TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    ),
    "DELETE /api/pmd/uploads/{upload_id}/files/{file_id}": Call(204, headers=TUS),
    "POST /api/pmd/uploads/{upload_id}/stop": Call(200),
    "POST /api/pmd/uploads/{upload_id}/retry": Call(200, upload="failed"),
    "POST /api/pmd/uploads/{upload_id}/undo": Call(200, upload="completed"),
    "GET /api/pmd/reports/{report_id}": Call(200, upload="completed"),
    "POST /api/pmd/jobs": Call(202, {"kind": "upscale", "asset_ids": ASSETS}),
    "GET /api/pmd/jobs": Call(200),
    "GET /api/pmd/jobs/kinds": Call(200),
    "POST /api/pmd/jobs/cancel": Call(200, {"group_id": GROUP}),
    "GET /api/pmd/jobs/{job_id}": Call(200),
    "POST /api/pmd/jobs/{job_id}/cancel": Call(200),
    "POST /api/pmd/jobs/{job_id}/retry": Call(200, job="failed"),
    "GET /api/auth/me": Call(200),
}

# What a path names, by the path's parameter: an id that nobody has, and texts that are no ids.
NOBODYS = {
    "{post_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{asset_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{pack_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{bdr_id}": [str(uuid4()), "1", "x", "%00"],
    "{takeout_id}": [str(uuid4()), "1", "x", "%00"],
    "{job_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{upload_id}": [str(uuid4()), "1", "x", "%00"],
    "{file_id}": [str(uuid4()), "1", "x", "%00"],
    "{report_id}": [str(uuid4()), "1", "x", "%00"],
}

# Whose path takes a query of its own.
QUERIES = {"GET /api/pmd/users": {"q": "art"}}

# Posts of a site's own are not made from here, unless its operator says so (PUBLISH=insert).
ON_OWN_TABLES = {"POST /api/pmd/assets/publish"}

MODERATORS_ONLY = {"GET /api/pmd/audit", "GET /api/pmd/users"}


def filled(body: Any, meant: dict[object, Any]) -> Any:
    """The body with what its words stand for."""
    if isinstance(body, dict):
        return {name: filled(value, meant) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, meant) for value in body]
    return meant.get(body, body)
