"""A worker that is killed while it builds a pack: ``python -m tests.faults.doomed_exporter STEP kill``."""

from pmd_service.archive.writer import ArchiveWriter
from pmd_service.packs import export
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import NewObject
from pmd_service.work import lease
from pmd_service.work.queue import Queue

from .doomed_worker import Step, main

STEPS: dict[str, Step] = {
    "claiming": (lease, "claim", True),
    "claimed": (lease, "claim", False),
    "loaded": (export, "load_edition", False),
    "previews drawn": (export, "draw_previews", False),
    "part opened": (Vault, "begin", False),
    "document written": (ArchiveWriter, "add_text", False),
    "file written": (ArchiveWriter, "add_sources", False),
    "archive sealed": (ArchiveWriter, "finish", False),
    "publishing": (export._Build, "publish", True),
    "about to commit": (NewObject, "keep", False),
    "published": (export._Build, "publish", False),
}

if __name__ == "__main__":
    main(STEPS, Queue.PACKS)
