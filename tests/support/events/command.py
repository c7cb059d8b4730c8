"""Write the sample events of API Gateway's HTTP API as files, and seven.png for curl."""

import argparse

from tests.events import EVENTS, PICTURE, SEVEN, file, text


def main() -> None:
    argparse.ArgumentParser(prog="python -m tests.support.events", description=__doc__).parse_args()
    for name in EVENTS:
        file(name).write_text(text(name))
        print(file(name).name)
    PICTURE.write_bytes(SEVEN)
    print(PICTURE.name)
