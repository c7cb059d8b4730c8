"""Minimizer of a fuzz corpus.

It keeps the few small files that cover the same code as the malformed files and the findings.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.fuzz.fuzzer import FINDINGS, HERE, MAX_INPUT
from tests.support.malformed_files.corpus import corpus


def save(target: str) -> None:
    """Merge with libFuzzer by the lines that are reached; by their counts it would keep hundreds of files."""
    saved = HERE / "corpus" / target
    with tempfile.TemporaryDirectory() as folder:
        seeds, merged = Path(folder) / "seeds", Path(folder) / "kept"
        for made in (seeds, merged, saved, FINDINGS / target):
            made.mkdir(parents=True, exist_ok=True)
        for number, case in enumerate(corpus()):
            if len(case.content) <= MAX_INPUT:
                (seeds / str(number)).write_bytes(case.content)
        command = [sys.executable, "-m", "tests.support.fuzz", target, "-merge=1", "-use_counters=0"]
        subprocess.run([*command, merged, seeds, saved, FINDINGS / target], check=True)
        shutil.rmtree(saved)
        shutil.copytree(merged, saved)
    files = list(saved.iterdir())
    print(f"{len(files)} files, {sum(file.stat().st_size for file in files):,} bytes in {saved}")
