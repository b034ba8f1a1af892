"""``python -m pmd_cli``: the ``pmd`` command."""

from .main import main

main()
