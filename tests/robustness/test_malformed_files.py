"""Responses to the corpus of malformed files, of the build artifact and of the application."""

import re

import httpx2
import pytest

from tests.support import lambda_client
from tests.support.emulator import Emulator
from tests.support.malformed_files.case import Case
from tests.support.malformed_files.corpus import FAMILIES, cases, corpus

PATH = "/api/predict/mlp"
INTERNALS = re.compile(
    r"Traceback|object at|0x[0-9a-f]{4}|\bb['\"]|\w(Error|Exception)\b|\.py\b|PIL|Pillow|[\x00-\x1f\x7f]"
)


@pytest.fixture(name="client", scope="module")
def _client(function: Emulator) -> httpx2.Client:
    """A client of the function, which compares each response with the application's."""
    return lambda_client.client(lambda_client.invoke_at(function.invocations))


def post(client: httpx2.Client, case: Case) -> httpx2.Response:
    return client.post(PATH, content=case.content, headers={"Content-Type": case.media} if case.media else {})


def assert_expected(case: Case, response: httpx2.Response) -> None:
    assert (case.name, response.status_code) == (case.name, case.status), response.text
    if case.status == 200:
        assert case.digit in (None, response.json()["digit"])
        return
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert case.message in problem["detail"]
    assert not INTERNALS.search(problem["detail"])
    assert len(problem["detail"]) < 250
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize("family", FAMILIES)
def test_response_to_each_file(client: httpx2.Client, family: str) -> None:
    for case in cases(family):
        assert_expected(case, post(client, case))


@pytest.mark.slow
def test_corpus_is_large_and_names_are_unique() -> None:
    names = [case.name for case in corpus()]
    assert len(names) >= 300
    assert len(set(names)) == len(names)
