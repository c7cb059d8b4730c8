"""Every body of the corpus gets the answer that is right for it, from the application and from the built function."""

import re

import httpx2
import pytest
from fastapi.testclient import TestClient

from digits.app import app
from tests.support import lambda_client
from tests.support.emulator import Emulator
from tests.support.malformed_files.case import Case
from tests.support.malformed_files.corpus import corpus

PATH = "/api/predict/mlp"
NONSENSE = re.compile(
    r"Traceback|object at|0x[0-9a-f]{4}|\bb['\"]|\w(Error|Exception)\b|\.py\b|PIL|Pillow|[\x00-\x1f\x7f]"
)


@pytest.fixture(name="client", scope="module")
def _client() -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def answer(client: httpx2.Client, case: Case) -> httpx2.Response:
    return client.post(PATH, content=case.content, headers={"Content-Type": case.media} if case.media else {})


def assert_right(case: Case, response: httpx2.Response) -> None:
    assert response.status_code == case.status, response.text
    if case.status == 200:
        assert case.digit in (None, response.json()["digit"])
        return
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert case.says in problem["detail"]
    assert not NONSENSE.search(problem["detail"])
    assert len(problem["detail"]) < 250
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize("case", corpus(), ids=lambda case: case.name)
def test_each_body_gets_the_right_answer(client: TestClient, case: Case) -> None:
    assert_right(case, answer(client, case))


def test_the_corpus_is_large_and_every_case_has_its_own_name() -> None:
    names = [case.name for case in corpus()]
    assert len(names) >= 300
    assert len(set(names)) == len(names)


def test_the_built_function_answers_as_the_application_does(function: Emulator) -> None:
    client = lambda_client.client(lambda_client.invoke_at(function.invocations))  # it compares each answer
    for case in corpus():
        assert_right(case, answer(client, case))
