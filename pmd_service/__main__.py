"""``python -m pmd_service``: the ``pmd`` command."""

from .ops.cli import main

main()
