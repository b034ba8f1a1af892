"""Prints events as they happen; connects again by itself."""

import os

from pmd_sdk import Client

with Client(os.environ["PMD_URL"], os.environ["PMD_KEY"]) as client:
    for event in client.get_sse():
        print(event.event, event.data, flush=True)
