"""/api/pmd/webhooks: for their owner alone."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..http.wire import Cursor, PageCursor
from ..identity.users import ACTOR
from ..work.queue import QUEUES, Queue
from .deliveries import MAX_PAGE, Delivery, DeliveryPage, find_delivery, list_deliveries, send_again, send_ping
from .queries import (
    MAX_WEBHOOKS,
    NewSecret,
    Webhook,
    WebhookEdit,
    WebhookList,
    WebhookRequest,
    create_webhook,
    delete_webhook,
    edit_webhook,
    find_webhook,
    list_webhooks,
    rotate_secret,
)

WebhookId = Annotated[RowId, Meta(description="The webhook's id.", examples=[4])]
DeliveryId = Annotated[RowId, Meta(description="The delivery's id.", examples=[812])]

_OWN = {HTTPStatus.FORBIDDEN: "Webhooks are off on this site, or another user's."}
_ADDRESS = {HTTPStatus.UNPROCESSABLE_ENTITY: "Nothing may be sent to this address, or an event is there twice."}
_SENT = Answer("It is being sent.", HTTPStatus.ACCEPTED)
_BY_HAND = {HTTPStatus.TOO_MANY_REQUESTS: "Too many are being sent by hand already."}

# Personal: who sends another user's events to a server of theirs would read them without a trace.
ROUTES = Routes(
    "Webhooks",
    about="What happens to your things, sent to servers of yours.",
    missing="webhook",
    keys="none",
    personal=True,
)


class DeliveriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/webhooks/{webhook_id}/deliveries."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Deliveries a page.")] = 50
    cursor: PageCursor | None = None


def _owner(request: web.Request) -> int:
    return request[ACTOR].subject.id


@ROUTES("GET /api/pmd/webhooks", "All of them.", problems=_OWN)
async def get_webhooks(request: web.Request) -> WebhookList:
    """List webhooks."""
    return await list_webhooks(request.app[POOL], user_id=_owner(request))


@ROUTES(
    "POST /api/pmd/webhooks",
    Answer("The webhook and its secret.", HTTPStatus.CREATED, location="/api/pmd/webhooks/{0}"),
    problems=_OWN | _ADDRESS | {HTTPStatus.TOO_MANY_REQUESTS: f"There are {MAX_WEBHOOKS} already."},
)
async def post_webhook(request: web.Request, body: WebhookRequest, once: Once) -> NewSecret:
    """Make a webhook.

    What happens from now on is sent to its address by POST, signed as Standard Webhooks say: in order, at least once,
    with attempts for three days. The address is a public one, with https. The secret is shown this once.
    """
    return await create_webhook(request.app[POOL], request.app[SETTINGS], body, once, user_id=_owner(request))


@ROUTES("GET /api/pmd/webhooks/{webhook_id}", "The webhook.", problems=_OWN)
async def get_webhook(request: web.Request, webhook_id: WebhookId) -> Webhook | None:
    """Get a webhook."""
    return await find_webhook(request.app[POOL], user_id=_owner(request), webhook_id=webhook_id)


@ROUTES("PATCH /api/pmd/webhooks/{webhook_id}", "The webhook as it is now.", problems=_OWN | _ADDRESS)
async def patch_webhook(request: web.Request, webhook_id: WebhookId, body: WebhookEdit, match: IfMatch) -> Webhook:
    """Change a webhook, or switch it off and on.

    What happens while it is off is sent when it is on again, if that is within 30 days.
    """
    webhook = await edit_webhook(
        request.app[POOL], request.app[SETTINGS], body, match, user_id=_owner(request), webhook_id=webhook_id
    )
    await request.app[QUEUES].put(Queue.DELIVERIES)
    return webhook


@ROUTES("DELETE /api/pmd/webhooks/{webhook_id}", "It is removed.", problems=_OWN)
async def delete_webhook_call(request: web.Request, webhook_id: WebhookId, match: IfMatch) -> None:
    """Remove a webhook, with its deliveries."""
    await delete_webhook(request.app[POOL], match, user_id=_owner(request), webhook_id=webhook_id)


@ROUTES("POST /api/pmd/webhooks/{webhook_id}/secret", "The webhook and its new secret.", problems=_OWN)
async def post_webhook_secret(request: web.Request, webhook_id: WebhookId, once: Once) -> NewSecret:
    """Change a webhook's secret.

    For a day each delivery is signed by both, so that none is refused while its receiver is being changed.
    """
    return await rotate_secret(request.app[POOL], once, user_id=_owner(request), webhook_id=webhook_id)


@ROUTES("POST /api/pmd/webhooks/{webhook_id}/test", _SENT, problems=_OWN | _BY_HAND)
async def post_webhook_test(request: web.Request, webhook_id: WebhookId, once: Once) -> Delivery:
    """Send a test.

    A message of the type `ping`, at once and once, also where the webhook is off.
    """
    delivery = await send_ping(request.app[POOL], once, user_id=_owner(request), webhook_id=webhook_id)
    await request.app[QUEUES].put(Queue.DELIVERIES)
    return delivery


@ROUTES("GET /api/pmd/webhooks/{webhook_id}/deliveries", "One page.", problems=_OWN)
async def get_webhook_deliveries(
    request: web.Request, webhook_id: WebhookId, query: DeliveriesQuery
) -> DeliveryPage | None:
    """List deliveries, of the last 30 days."""
    return await list_deliveries(
        request.app[POOL],
        user_id=_owner(request),
        webhook_id=webhook_id,
        after=Cursor.parse(query.cursor),
        limit=query.limit,
    )


@ROUTES(
    "GET /api/pmd/webhooks/{webhook_id}/deliveries/{delivery_id}", "The delivery.", problems=_OWN, missing="delivery"
)
async def get_webhook_delivery(request: web.Request, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery:
    """Get a delivery."""
    pool, user_id = request.app[POOL], _owner(request)
    return await find_delivery(pool, user_id=user_id, webhook_id=webhook_id, delivery_id=delivery_id)


@ROUTES(
    "POST /api/pmd/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
    _SENT,
    problems=_OWN | _BY_HAND | {HTTPStatus.CONFLICT: "It waits for those before it."},
    missing="delivery",
)
async def post_webhook_resend(
    request: web.Request, webhook_id: WebhookId, delivery_id: DeliveryId, once: Once
) -> Delivery:
    """Send a delivery again.

    At once, with the same `webhook-id`. One that has been sent, or given up, is sent by hand: once, and not in the
    order. The first of those that wait is tried now.
    """
    delivery = await send_again(
        request.app[POOL], once, user_id=_owner(request), webhook_id=webhook_id, delivery_id=delivery_id
    )
    await request.app[QUEUES].put(Queue.DELIVERIES)
    return delivery
