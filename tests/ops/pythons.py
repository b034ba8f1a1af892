"""Other Pythons of this machine."""

import os
import subprocess

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")


def python_of(version: str) -> str | None:
    """The program of a version such as “3.12”, also where pyenv keeps it; None where there is none."""
    command = [f"python{version}", "-c", "import sys; print(sys.executable)"]
    env = os.environ | {"PYENV_VERSION": version}
    try:
        asked = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return asked.stdout.strip()
