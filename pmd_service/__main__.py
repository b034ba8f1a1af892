"""``python -m pmd_service``: the ``pmd`` command."""

from .cli import main

main()
