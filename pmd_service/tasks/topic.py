"""Tasks as they are followed live: ``job_update`` and ``job_removed``."""

from ..events.topic import Topic
from .queries import load_jobs, newest_of_users

TOPIC = Topic(kind="job", id_type=int, load=load_jobs, newest=newest_of_users)
