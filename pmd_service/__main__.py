"""``python -m pmd_service``: the ``pmd-admin`` command."""

from .ops.cli import main

main(prog_name="pmd-admin")
