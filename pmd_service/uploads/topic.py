"""Uploads, as they can be followed live."""

from uuid import UUID

from ..events.topic import Topic
from .queries import load_upload_states, newest_uploads

TOPIC = Topic(kind="upload", id_type=UUID, load=load_upload_states, newest=newest_uploads)
