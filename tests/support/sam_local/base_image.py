"""The image that SAM CLI runs the function in is there afterwards: `python -m tests.support.sam_local.base_image [arm64]`.

That is AWS's own, present or pulled. Where no registry answers, a stand-in takes its name, with the runtime interface
client and the emulator of this environment.
"""

import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support import runtime_client, stand_in
from tests.support.artifact import ARCHITECTURE
from tests.support.emulator import executable

REPOSITORY = "public.ecr.aws/lambda/python"
DERIVED = f"{REPOSITORY}:3.13-rapid-{ARCHITECTURE}"  # what SAM CLI makes of it, once, and then keeps
TOOLS = ("sh", "mv", "chmod", "cp", "rm")  # SAM CLI's own steps on top of the base image call these
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
    """Have the image, by the cheapest way there is; its name goes out. Raises RuntimeError where there is none."""
    name = f"{REPOSITORY}:3.13-{architecture}"
    if stand_in.ready(name, LAMBDA) or (pulled := stand_in.docker("pull", name)).returncode == 0:
        return name
    if (platform.system(), architecture) != ("Linux", ARCHITECTURE):
        raise RuntimeError(f"{name} cannot be pulled, and this machine cannot stand in: {pulled.stderr.strip()}")
    stand_in.make(name, LAMBDA)
    stand_in.docker("image", "rm", "--force", DERIVED)  # or SAM CLI goes on with what it made of the image before
    return name


def _beside(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Yield what AWS puts beside Python."""
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


MADE_OF = (Path(__file__).read_text(), *map(importlib.metadata.version, (*runtime_client.PACKAGES, "aws-sam-cli")))
LAMBDA = stand_in.Base("var/lang", TOOLS, SETTINGS, _beside, MADE_OF)

if __name__ == "__main__":
    try:
        ensure(*sys.argv[1:])
    except (OSError, RuntimeError) as error:
        sys.exit(f"The image for `sam local` cannot be made: {error}")
