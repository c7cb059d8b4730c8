"""The programs of this environment that the benchmark starts."""

import sys
from pathlib import Path

PYTHON = Path(sys.executable)  # with everything that a developer needs; not resolved, or it would leave .venv
UV = PYTHON.with_name("uv")
