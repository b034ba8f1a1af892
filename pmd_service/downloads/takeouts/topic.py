"""Takeouts as they are followed live: ``takeout_update`` and ``takeout_removed`` (SPEC section 6)."""

from uuid import UUID

from ...events.topic import Topic
from .queries import load_takeouts, newest_of_users

TOPIC = Topic(kind="takeout", id_type=UUID, load=load_takeouts, newest=newest_of_users)
