"""Programs of this virtual environment."""

import sys
from pathlib import Path

PYTHON = Path(sys.executable)  # not resolved: the link's target is outside .venv
UV = PYTHON.with_name("uv")
