"""Base image of `sam local`: `python -m tests.support.sam_local [arm64]` provides it.

It is AWS's, present or pulled. Where no registry is reachable, a local image gets its name, with this environment's
runtime interface client and emulator.
"""

import argparse
import importlib.metadata
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from command_line import CommandError
from tests.support import local_base_image, runtime_client
from tests.support.artifact import ARCHITECTURE
from tests.support.emulator import executable

REPOSITORY = "public.ecr.aws/lambda/python"
DERIVED = f"{REPOSITORY}:3.13-rapid-{ARCHITECTURE}"  # built from it by SAM CLI, once
TOOLS = ("sh", "mv", "chmod", "cp", "rm")  # called by SAM CLI's build steps
SETTINGS = (
    "ENV LANG=en_US.UTF-8",
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib",
    "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
    "WORKDIR /var/task",
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
)
BOOTSTRAP = """\
#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python3.13 PYTHONPATH="/var/runtime${PYTHONPATH:+:$PYTHONPATH}"
exec /var/lang/bin/python3.13 -m awslambdaric "$_HANDLER"
"""
ENTRYPOINT = """\
#!/bin/sh
export _HANDLER="$1"
if [ -n "$AWS_LAMBDA_RUNTIME_API" ]; then exec /var/runtime/bootstrap; fi
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
"""


def ensure(architecture: str = ARCHITECTURE) -> str:
    """Provide the image by the cheapest way. Return its name, or raise RuntimeError."""
    name = f"{REPOSITORY}:3.13-{architecture}"
    if local_base_image.is_current(name, LAMBDA) or (pulled := local_base_image.docker("pull", name)).returncode == 0:
        return name
    if (platform.system(), architecture) != ("Linux", ARCHITECTURE):
        raise RuntimeError(
            f"{name} cannot be pulled, and this machine cannot build a local one: {pulled.stderr.strip()}"
        )
    local_base_image.make(name, LAMBDA)
    local_base_image.docker(
        "image", "rm", "--force", DERIVED
    )  # otherwise SAM CLI would use its build of the previous image
    return name


def _extra_files(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that AWS's image has besides Python, with their paths in it."""
    client = scratch / "runtime"
    runtime_client.copy_to(client)
    shutil.copy(executable(), scratch / "aws-lambda-rie")
    for place, text in ((client / "bootstrap", BOOTSTRAP), (scratch / "lambda-entrypoint.sh", ENTRYPOINT)):
        place.write_text(text)
        place.chmod(0o755)
    (scratch / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/home:/bin/sh\n")
    yield client, "var/runtime"
    yield scratch / "aws-lambda-rie", "usr/local/bin/aws-lambda-rie"
    yield scratch / "lambda-entrypoint.sh", "lambda-entrypoint.sh"
    yield scratch / "passwd", "etc/passwd"


VERSION = (Path(__file__).read_text(), *map(importlib.metadata.version, (*runtime_client.PACKAGES, "aws-sam-cli")))
LAMBDA = local_base_image.Base("var/lang", TOOLS, SETTINGS, _extra_files, VERSION)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.sam_local", description=__doc__)
    parser.add_argument("architecture", nargs="?", choices=("x86_64", "arm64"), default=ARCHITECTURE)
    try:
        ensure(parser.parse_args().architecture)
    except (OSError, RuntimeError) as error:
        raise CommandError(f"The image for `sam local` cannot be made: {error}") from None
