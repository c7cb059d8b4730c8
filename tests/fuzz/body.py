"""Bytes come in, each chosen by the code that the ones before reached; what breaks the reader of bodies goes out.

`python -m tests.fuzz.body [-runs=1000000] [folder]`: the options are libFuzzer's; what it finds goes to artifacts/.
"""

import warnings

import atheris

with atheris.instrument_imports(include=["digits.body", "json", "urllib.parse", "base64"]):
    from digits import body
    from digits.errors import DigitsError

from tests.fuzz.fuzzer import fuzz

FORMS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "image/png")

warnings.simplefilter("error")


def target(data: bytes) -> None:
    """Read the bytes as each kind of body, as a query, and as the type of themselves."""
    for media in (*FORMS, data.decode("latin-1")):
        for read in (body.image_in, body.image_in_form):
            try:
                assert isinstance(read(media, data), bytes)
            except DigitsError:
                continue
    try:
        assert isinstance(body.from_data_url(data.decode("utf-8", "surrogateescape")), bytes)
    except DigitsError:
        return


if __name__ == "__main__":
    fuzz(target)
