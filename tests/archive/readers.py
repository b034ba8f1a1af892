"""Other people's readers, where the machine has them: the arguments that make them read everything."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

READERS = {
    "unzip": ["unzip", "-tqq"],
    "7z": ["7z", "t"],
    "7zz": ["7zz", "t"],
    "bsdtar": ["bsdtar", "-xOf"],
    "bsdtar, piped": ["sh", "-c", 'bsdtar -xOf - < "$0"'],
    # Without its second compiler, which takes as long as all else where a program runs for a second.
    "java": ["java", "-XX:TieredStopAtLevel=1", str(Path(__file__).with_name("Reader.java"))],
}


def read_by_others(archive: Path, readers: Iterable[str] = tuple(READERS)) -> None:
    """Every reader that the machine has reads all of the archive, and finds nothing wrong with it."""
    for reader in readers:
        if shutil.which(reader.partition(",")[0]):
            command = [*READERS[reader], str(archive)]
            ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
            assert ended.returncode == 0, (reader, ended.stderr[-2000:])
