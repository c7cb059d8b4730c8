"""Environment of W&B without an account, with all its files in one folder."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a program, without the developer's W&B settings."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    own = {"NETRC": str(folder / "netrc"), "WANDB_CONFIG_DIR": str(folder / "config"), "WANDB_ERROR_REPORTING": "false"}
    return {**environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **own, **more}
