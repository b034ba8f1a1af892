"""``pmd``, for one release: it was the operators' command, which is ``pmd-admin`` now.

The name is pmd-client's. Where both wheels are installed the last one owns ``bin/pmd``, and either does the same:
operators' commands go to ``pmd-admin``, all others to the client.
"""

import sys
from importlib.util import find_spec

import click


def main() -> None:
    from .cli import main as admin  # noqa: PLC0415

    words = sys.argv[1:]
    if find_spec("pmd_cli") is not None:
        from pmd_cli.main import main as client  # noqa: PLC0415

        client()
    elif words and words[0] == "push":
        raise SystemExit("“pmd push” comes with pmd-client now: pip install pmd-client")
    else:
        click.echo("This command is pmd-admin now; “pmd” is its name until the next release.", err=True)
        admin(prog_name="pmd-admin")
