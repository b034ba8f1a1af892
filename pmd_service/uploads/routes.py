"""/api/pmd/uploads: announce, look, stop, try again, undo; and a file's papers. What speaks tus stands in ``tus``."""

from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from ..assets.reports import find_report
from ..database import POOL
from ..http.errors import not_found
from ..http.turns import long_lived
from ..http.wire import idempotency_key, json_response, read_json, read_query
from ..identity import audit
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..vault import VAULT
from . import lists
from .announce import announce, announced, check_files
from .form import receive_form
from .lifecycle import RetryRequest, retry_upload, stop_upload, undo_upload
from .receiving import RECEIVING
from .shapes import CheckRequest, UploadRequest


async def post_upload_check(request: web.Request) -> web.Response:
    body = await read_json(request, CheckRequest)
    return json_response(await check_files(request.app[POOL], request.app[SETTINGS], request[ACTOR], body))


async def post_upload(request: web.Request) -> web.Response:
    app, body, key = request.app, await read_json(request, UploadRequest), idempotency_key(request)
    async with app[RECEIVING].announcing:
        upload = await announce(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], body, idempotency_key=key)
    return json_response(upload, status=HTTPStatus.CREATED, headers=_location(upload.id))


@long_lived
async def post_upload_form(request: web.Request) -> web.Response:
    upload_id = await receive_form(request)
    upload = await announced(request.app[POOL], request[ACTOR], upload_id)
    return json_response(upload, status=HTTPStatus.ACCEPTED, headers=_location(upload_id))


async def get_uploads(request: web.Request) -> web.Response:
    query = read_query(request, lists.UploadsQuery)
    return json_response(await lists.list_uploads(request.app[POOL], request[ACTOR], query))


async def get_upload(request: web.Request) -> web.Response:
    return json_response(await lists.find_upload(request.app[POOL], request[ACTOR], _upload_id(request)))


async def get_upload_files(request: web.Request) -> web.Response:
    query = read_query(request, lists.LinesQuery)
    return json_response(await lists.list_lines(request.app[POOL], request[ACTOR], _upload_id(request), query))


async def get_upload_csv(request: web.Request) -> web.Response:
    query, upload_id = read_query(request, lists.CsvQuery), _upload_id(request)
    text = await lists.write_csv(request.app[POOL], request[ACTOR], upload_id, query)
    name = {"Content-Disposition": f'attachment; filename="upload-{str(upload_id)[:8]}.csv"'}
    # The mark lets Excel take it for UTF-8.
    return web.Response(body=text.encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=name)


async def get_report(request: web.Request) -> web.Response:
    report_id = _uuid(request, "report_id", "report")
    await audit.record_once(request.app[POOL], request[ACTOR], "read_uploads")
    report = await find_report(request.app[POOL], user_id=request[ACTOR].subject.id, report_id=report_id)
    if report is None:
        raise not_found("report")
    return json_response(report)


async def post_upload_stop(request: web.Request) -> web.Response:
    app = request.app
    receivers = app[RECEIVING].receivers
    return json_response(await stop_upload(app[POOL], app[VAULT], receivers, request[ACTOR], _upload_id(request)))


async def post_upload_retry(request: web.Request) -> web.Response:
    body = await read_json(request, RetryRequest) if request.body_exists else RetryRequest()
    app = request.app
    async with app[RECEIVING].announcing:
        upload = await retry_upload(app[POOL], app[VAULT], app[SETTINGS], request[ACTOR], _upload_id(request), body)
    return json_response(upload)


async def post_upload_undo(request: web.Request) -> web.Response:
    return json_response(await undo_upload(request.app[POOL], request[ACTOR], _upload_id(request)))


def _location(upload_id: UUID) -> dict[str, str]:
    return {"Location": f"/api/pmd/uploads/{upload_id}"}


def _upload_id(request: web.Request) -> UUID:
    return _uuid(request, "upload_id", "upload")


def _uuid(request: web.Request, name: str, what: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise not_found(what) from error
