"""``pmd watch``."""

import click
from pmd_sdk import AsyncClient
from pmd_sdk.models import STREAM_EVENTS

from .output import as_json, print_json
from .session import connected


@click.command()
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(STREAM_EVENTS),
    metavar="NAME",
    help="Only these events, such as post_update.",
)
@as_json
@connected
async def watch(client: AsyncClient, events: tuple[str, ...], *, as_json: bool) -> None:
    """Show what happens, as it happens, until Ctrl-C.

    First comes the present state, then every change; after a lost connection it starts so again.
    """
    async for event in client.get_sse():
        if not events or event.event in events:
            if as_json:
                print_json({"event": event.event, "id": event.id, "data": event.json()})
            else:
                click.echo(f"{event.event}  {event.data}")
