"""Environment variables of a program that uses W&B without an account, in a temporary folder."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment for a program run in the folder, without the developer's own W&B settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    own = {"NETRC": str(folder / "netrc"), "WANDB_CONFIG_DIR": str(folder / "config"), "WANDB_ERROR_REPORTING": "false"}
    return {**inherited, "PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1", **own, **more}
