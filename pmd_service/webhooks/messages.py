"""What is sent: one type for each event, also in the OpenAPI document."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..events.changes import EVENT_NAMES, subject_id

PING = "ping"
# Ids of one message: with them it stays below the 20 kB that the specification recommends.
MAX_IDS = 400

_KINDS = {"asset": "files", "bdr": "downloads", "job": "tasks", "series": "series", "smart_folder": "smart folders"}


class Pinged(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing has happened: the webhook is being tried."""

    user_sqid: Annotated[str, Meta(description="Whose webhook it is.", examples=["Uk7c"])]


class Numbers(Pinged, frozen=True, kw_only=True):
    """The ids of what it has happened to, as the kind's own calls have them."""

    ids: Annotated[Sequence[int], Meta(min_length=1, max_length=MAX_IDS, examples=[[101, 102]])]


class Uuids(Pinged, frozen=True, kw_only=True):
    """The ids of what it has happened to, as the kind's own calls have them."""

    ids: Annotated[
        Sequence[str], Meta(min_length=1, max_length=MAX_IDS, examples=[["5fc748e0-afbd-4b96-bbc1-510fc1adff30"]])
    ]


def _message(name: str) -> type[msgspec.Struct]:
    kind, _, event = name.partition(".")
    data: Any = Pinged if name == PING else Uuids if kind in ("bdr", "takeout", "upload") else Numbers
    words = event.replace("_", " ")
    what = f"{_KINDS.get(kind, f'{kind}s').capitalize()}: {words}." if event else "A test that its owner sends."
    return msgspec.defstruct(
        "Webhook" + "".join(part.capitalize() for part in re.split("[._]", name)),
        [("type", Literal[name]), ("timestamp", datetime), ("data", data)],
        frozen=True,
        kw_only=True,
        namespace={"__doc__": what},
    )


# By the name of the event.
MESSAGES: Mapping[str, type[msgspec.Struct]] = {name: _message(name) for name in (*EVENT_NAMES, PING)}


def body_of(event: str, *, subjects: Sequence[str], at: datetime, user_sqid: str) -> bytes:
    """A message's body; the same bytes each time."""
    kind = event.partition(".")[0]
    data: dict[str, Any] = {"user_sqid": user_sqid}
    if event != PING:
        data["ids"] = [subject_id(kind, subject) for subject in subjects]
    return msgspec.json.encode({"type": event, "timestamp": at, "data": data})
