"""The calls of the whole API, as their owner makes them: the rules of ``test_rules`` are tried on each."""

from typing import Any, NamedTuple
from uuid import uuid4

from .dashboard.types import api_document


class Call(NamedTuple):
    """A call that succeeds for the owner of what it names.

    Args:
        body: what is sent; ``POSTS`` in it stands for the ids of the owner's posts, ``ASSETS`` for those of their
            files, ``ASSET`` for one, ``ARCHIVE`` for a ZIP, ``GROUP`` for a group of tasks, ``HANDLE`` for their own,
            ``DRAFT`` for a draft, and ``DRAFTS`` for a list of it.
        bdr: the state of the request that the path names.
        upload: the state of the upload that the path names.
        job: the state of the task that the path names.
        change: the state of the change by filter, or of the import, that the path names.
        form: whether a form with a file is sent.
        query: the parameters that it cannot do without.
        headers: what is sent beside the token.
        scopes: what an access key needs for it; None: no key may.
        reasoned: whether a moderator has to give a reason.
    """

    status: int
    body: dict[str, Any] | None = None
    bdr: str = "pending"
    upload: str = "processing"
    job: str = "pending"
    change: str = "pending"
    form: bool = False
    query: dict[str, str] = {}  # noqa: RUF012 - never changed
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    reasoned: bool = False
    scopes: tuple[str, ...] | None = None


POSTS, ASSETS, ASSET, GROUP, ARCHIVE, HANDLE = (object() for _ in range(6))
DRAFT, DRAFTS = object(), object()
TUS = {"Tus-Resumable": "1.0.0"}

# What a body names of its owner's, by the field.
_OWNED = {"post_ids": POSTS, "asset_ids": ASSETS, "asset_id": ASSET, "group_id": GROUP, "draft_ids": DRAFTS}

# Where the document's example does not do: what else is sent, and in which state what the path names must be.
_SPECIAL: dict[str, dict[str, Any]] = {
    "POST /api/pmd/assets/publish": {"reasoned": True},
    # As it is: pictures of the tests are not always pictures.
    "POST /api/pmd/posts/{post_id}/file": {"body": {"asset_id": ASSET, "marks": "keep"}, "reasoned": True},
    "POST /api/pmd/posts/{post_id}/versions/{number}/restore": {"body": {}, "reasoned": True},
    "PUT /api/pmd/erasure": {"body": {"handle": HANDLE}},
    "PUT /api/pmd/watermark": {"body": {"text": "© artist"}},
    "GET /api/pmd/bdr/{bdr_id}/download": {"bdr": "ready"},
    "POST /api/pmd/bdr/{bdr_id}/links": {"body": {}, "reasoned": True},
    # A cover is one of its pack's pictures.
    "PATCH /api/pmd/packs/{pack_id}": {"body": {"name": "Sea"}},
    "POST /api/pmd/packs/{pack_id}/links": {"body": {}, "reasoned": True},
    "DELETE /api/pmd/bdr/{bdr_id}": {"bdr": "ready"},
    "POST /api/pmd/bdr/{bdr_id}/retry": {"bdr": "failed"},
    # Of a kind that is refused, so that no upload stays open.
    "POST /api/pmd/uploads": {"body": {"files": [{"path": "setup.exe", "size_bytes": 1}]}},
    # A page that comes again.
    "POST /api/pmd/uploads/{upload_id}/files": {"body": {"first": 0, "files": [{"path": "a.png", "size_bytes": 1}]}},
    "POST /api/pmd/uploads/form": {"form": True},
    "POST /api/pmd/uploads/tus": {
        "headers": TUS | {"Upload-Length": "0", "Upload-Concat": "partial"},
    },
    "POST /api/pmd/uploads/{upload_id}/files/{file_id}": {
        "headers": TUS
        | {
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
            "X-HTTP-Method-Override": "PATCH",
        },
    },
    "PATCH /api/pmd/uploads/{upload_id}/files/{file_id}": {
        "headers": TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    },
    "DELETE /api/pmd/uploads/{upload_id}/files/{file_id}": {"headers": TUS},
    "POST /api/pmd/uploads/{upload_id}/retry": {"upload": "failed", "body": None},
    "POST /api/pmd/uploads/{upload_id}/undo": {"upload": "completed"},
    "GET /api/pmd/reports/{report_id}": {"upload": "completed"},
    "POST /api/pmd/jobs/{job_id}/retry": {"job": "failed"},
    "POST /api/pmd/bulk-changes": {"body": {"action": "hide", "filter": {}}},
    "POST /api/pmd/bulk-changes/{change_id}/undo": {"change": "completed"},
    "POST /api/pmd/takeout/{takeout_id}/retry": {"bdr": "failed"},
    "PATCH /api/pmd/drafts": {"body": {"changes": [{"id": DRAFT, "fields": {"hashtags": ["sea"]}}]}},
    "POST /api/pmd/drafts/order": {"body": {"draft_ids": DRAFTS}},
    "POST /api/pmd/drafts/schedule": {"body": {"draft_ids": DRAFTS, "at": "2040-01-01T00:00:00Z"}},
    "POST /api/pmd/drafts/csv": {"body": {"csv": "id,title\r\n31,Lighthouse\r\n"}},
    "PATCH /api/pmd/drafts/{draft_id}": {"body": {"title": "Lighthouse"}},
    "PATCH /api/pmd/series/{series_id}": {"body": {"name": "Coast"}},
    "PATCH /api/pmd/smart-folders/{folder_id}": {"body": {"sort": "size"}},
    "PATCH /api/pmd/saved-views/{view_id}": {"body": {"query": "format=gif"}},
    "PUT /api/pmd/publishing": {"body": {"is_on": True}},
    "POST /api/pmd/publishing/plan": {"body": {"is_on": True}},
    "POST /api/pmd/imports": {"body": {"asset_id": ARCHIVE}},
    "POST /api/pmd/imports/{import_id}/start": {"body": {}, "change": "completed"},
    "POST /api/pmd/imports/{import_id}/undo": {"change": "made"},
}


def _call(route: str, operation: dict[str, Any]) -> Call:
    """The call of the document's example, on what is its caller's own."""
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    declared: dict[str, Any] = {
        "status": int(min(operation["responses"])),
        "body": next((_owned(body["example"]) for body in bodies if "example" in body), None),
        "query": {
            parameter["name"]: parameter["schema"]["examples"][0]
            for parameter in operation["parameters"]
            if parameter["in"] == "query" and parameter["required"]
        },
        "scopes": next((tuple(way["key"]) for way in operation["security"] if "key" in way), None),
    }
    return Call(**declared | _SPECIAL.get(route, {}))


def _owned(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _OWNED.get(name, _owned(value)) for name, value in body.items()}
    return [_owned(value) for value in body] if isinstance(body, list) else body


# For owners of the site only, whose rules are tested with it (``ops/test_console``).
CONSOLE = "/api/pmd/ops"

# Every route that needs a caller; the document has all that are declared. HEAD is tried where it is a route of its
# own, in the tests of tus.
CALLS = {
    route: _call(route, operation)
    for path, operations in api_document()["paths"].items()
    for method, operation in operations.items()
    if operation["security"] and method != "head" and not path.startswith(CONSOLE)
    for route in [f"{method.upper()} {path}"]
}

# What a path names, by the path's parameter: an id that does not exist, and texts that are no ids.
NOBODYS = {
    "{post_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{asset_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{number}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{edition}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{draft_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{folder_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{tag}": ["nobodys", "x", "%00", "٣"],
    "{series_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{pack_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{bdr_id}": [str(uuid4()), "1", "x", "%00"],
    "{takeout_id}": [str(uuid4()), "1", "x", "%00"],
    "{link_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{job_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{webhook_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{delivery_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{import_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{change_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{upload_id}": [str(uuid4()), "1", "x", "%00"],
    "{file_id}": [str(uuid4()), "1", "x", "%00"],
    "{key_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{session_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{user_code}": ["BCDF-BCDF", "bcdfbcdf", "x"],
    "{report_id}": [str(uuid4()), "1", "x", "%00"],
}

# Posts of a site's own are not made from here, unless its operator enables it (PUBLISH=insert).
ON_OWN_TABLES = {
    "POST /api/pmd/posts/{post_id}/reports",
    "POST /api/pmd/assets/publish",
    "POST /api/pmd/posts/{post_id}/file",
    "POST /api/pmd/posts/{post_id}/versions/{number}/restore",
    "POST /api/pmd/drafts/publish",
    "POST /api/pmd/drafts/schedule",
    "PUT /api/pmd/erasure",
}

MODERATORS_ONLY = {
    "GET /api/pmd/audit",
    "GET /api/pmd/users",
    "GET /api/pmd/post-reports",
    "POST /api/pmd/post-reports/settle",
}

# About a post of anybody's.
OF_ANYBODY = {"POST /api/pmd/posts/{post_id}/reports"}

# What nobody does, or sees, for another.
OF_ONESELF = OF_ANYBODY | {
    route for route in CALLS if route.startswith("GET /api/pmd/insights") or "/api/pmd/saved-views" in route
}

# What artists are about to publish: moderators only read it.
OF_ARTISTS = {
    route
    for route in CALLS
    if not route.startswith("GET")
    and route.split()[1].startswith(
        ("/api/pmd/drafts", "/api/pmd/publishing", "/api/pmd/series", "/api/pmd/smart-folders", "/api/pmd/tags")
    )
}

# For the signed-in user, and for nobody on their behalf: what signs in for them, and their webhooks.
PERSONAL = (
    OF_ARTISTS
    | OF_ONESELF
    | {
        route
        for route in CALLS
        if route.split()[1].startswith(
            (
                "/api/pmd/keys",
                "/api/pmd/sessions",
                "/api/pmd/device/",
                "/api/pmd/webhooks",
                "/api/pmd/erasure",
                "/api/pmd/language",
            )
        )
    }
)


def filled(body: Any, values: dict[object, Any]) -> Any:
    """The body with what its words stand for."""
    if isinstance(body, dict):
        return {name: filled(value, values) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, values) for value in body]
    return values.get(body, body)
