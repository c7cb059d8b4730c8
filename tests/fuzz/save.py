"""The hostile corpus and what fuzzing found come in; the few small files that reach the same code go out, to be saved.

`python -m tests.fuzz.save decoder [folder that the fuzzer wrote to]`
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.fuzzer import HERE, LONGEST
from tests.hostile.corpus import corpus


def save(target: str, found: list[str]) -> None:
    """Let libFuzzer choose (-merge=1), smallest first; the choice takes the saved corpus's place."""
    saved = HERE / "corpus" / target
    with tempfile.TemporaryDirectory() as folder:
        seeds, chosen = Path(folder) / "seeds", Path(folder) / "chosen"
        seeds.mkdir()
        chosen.mkdir()
        for number, case in enumerate(corpus()):
            if len(case.content) <= LONGEST:
                (seeds / str(number)).write_bytes(case.content)
        sources = [str(saved)] if saved.exists() else []
        command = [sys.executable, "-m", f"tests.fuzz.{target}", "-merge=1", str(chosen), str(seeds), *sources, *found]
        subprocess.run(command, check=True)
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(chosen, saved)
    files = list(saved.iterdir())
    print(f"{len(files)} files, {sum(file.stat().st_size for file in files):,} bytes in {saved}")


if __name__ == "__main__":
    save(sys.argv[1], sys.argv[2:])
