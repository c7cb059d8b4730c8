"""The hostile corpus and what fuzzing found come in; the few small files that reach the same code go out, to be saved.

`python -m tests.support.fuzz.save decoder`, or body
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.fuzz.fuzzer import FOUND, HERE, LONGEST
from tests.support.malformed_files.corpus import corpus


def save(target: str) -> None:
    """Let libFuzzer choose, the smallest first, without counting how often a line is reached: hundreds otherwise."""
    saved = HERE / "corpus" / target
    with tempfile.TemporaryDirectory() as folder:
        seeds, chosen = Path(folder) / "seeds", Path(folder) / "chosen"
        for made in (seeds, chosen, saved, FOUND / target):
            made.mkdir(parents=True, exist_ok=True)
        for number, case in enumerate(corpus()):
            if len(case.content) <= LONGEST:
                (seeds / str(number)).write_bytes(case.content)
        command = [sys.executable, "-m", f"tests.support.fuzz.{target}", "-merge=1", "-use_counters=0"]
        subprocess.run([*command, chosen, seeds, saved, FOUND / target], check=True)
        shutil.rmtree(saved)
        shutil.copytree(chosen, saved)
    files = list(saved.iterdir())
    print(f"{len(files)} files, {sum(file.stat().st_size for file in files):,} bytes in {saved}")


if __name__ == "__main__":
    save(sys.argv[1])
