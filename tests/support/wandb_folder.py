"""A folder comes in; an environment in which W&B knows no account and keeps everything in that folder goes out."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a program that is run in the folder, without the settings of the person who runs the tests."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    own = {"NETRC": str(folder / "netrc"), "WANDB_CONFIG_DIR": str(folder / "config"), "WANDB_ERROR_REPORTING": "false"}
    return {**outside, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **own, **more}
