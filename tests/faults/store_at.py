"""An object store at an address of its own: ``python -m tests.faults.store_at ADDRESS FOLDER``, until it is killed."""

import signal
import sys
from pathlib import Path

from pmd_service.demo import object_store


def main() -> None:
    address, folder = sys.argv[1:]
    vars(object_store)["ADDRESS"] = address
    object_store.ObjectStore(Path(folder)).start()
    signal.pause()


if __name__ == "__main__":
    main()
