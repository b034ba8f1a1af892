"""The ``pmd`` command, for operators."""

import click


@click.group()
def main() -> None:
    """Post management and batch download service."""
