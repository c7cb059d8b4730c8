"""Which files go to the bucket, with which headers, in which order; and which go away."""

import os
from pathlib import Path
from typing import Any

import pytest

from deploy import page, preflight
from deploy.console import DeployError
from deploy.page import Changes, File
from deploy.preflight import Account
from serve import PAGE, PUBLISHED, SWAGGER_UI
from tests.support.deploy.cloud import Cloud

SITE = "https://digits.example"


@pytest.fixture
def account(aws: Cloud) -> Account:
    aws.prepare()
    aws.client("s3").create_bucket(Bucket="page")
    return preflight.check(None)


@pytest.fixture
def frontend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small page in the place of frontend/."""
    for name in ("index.html", "sw.js", "style.css", "main.js", ".DS_Store"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(page, "PAGE", tmp_path)
    return tmp_path


def test_what_serve_serves_is_uploaded() -> None:
    served = {f"/{path.relative_to(PAGE).as_posix()}" for path in PAGE.rglob("*") if path.is_file()}
    assert {f"/{file.key}" for file in page.files(SITE)} == served | set(PUBLISHED)


def test_swagger_ui_is_uploaded_beside_the_page(aws: Cloud, account: Account, frontend: Path) -> None:
    page.upload(account, "page", SITE)
    for name, kind in (("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")):
        there = aws.client("s3").get_object(Bucket="page", Key=f"swagger-ui/{name}")
        assert there["Body"].read() == (SWAGGER_UI / name).read_bytes()
        assert there["ContentType"] == f"{kind}; charset=utf-8"
        assert there["CacheControl"] == "public, max-age=0, s-maxage=31536000"


def test_what_asks_for_others_goes_up_after_them() -> None:
    keys = [file.key for file in page.files(SITE)]
    assert keys[-4:] == ["models/manifest.json", "report.html", "index.html", "sw.js"]


def test_only_what_changed_is_uploaded(account: Account, frontend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page.upload(account, "page", SITE) == Changes(uploaded=8, removed=0, kept=0)
    assert page.upload(account, "page", SITE) == Changes(uploaded=0, removed=0, kept=8)
    os.utime(frontend / "main.js", (0, 0))
    assert page.upload(account, "page", SITE).uploaded == 0
    (frontend / "main.js").write_text("changed")
    assert page.upload(account, "page", SITE) == Changes(uploaded=1, removed=0, kept=7)
    monkeypatch.setitem(page.TYPES, ".css", "text/css")
    assert page.upload(account, "page", SITE) == Changes(uploaded=2, removed=0, kept=6)


def test_what_is_no_longer_there_is_removed(aws: Cloud, account: Account, frontend: Path) -> None:
    page.upload(account, "page", SITE)
    (frontend / "main.js").unlink()
    assert page.upload(account, "page", SITE) == Changes(uploaded=0, removed=1, kept=7)
    keys = {each["Key"] for each in aws.client("s3").list_objects_v2(Bucket="page")["Contents"]}
    assert keys == {"index.html", "sw.js", "style.css"} | {path.removeprefix("/") for path in PUBLISHED}


def test_a_page_never_comes_before_what_it_asks_for(
    aws: Cloud, account: Account, frontend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file fails: the old index.html, sw.js, and what they alone ask for are still there."""
    page.upload(account, "page", SITE)
    for name in ("index.html", "sw.js", "style.css"):
        (frontend / name).write_text("new")
    (frontend / "main.js").unlink()

    def headers(file: File) -> dict[str, Any]:
        return {"ContentType": 1} if file.key == "style.css" else {}  # boto3 refuses a number

    monkeypatch.setattr(File, "headers", property(headers))
    with pytest.raises(Exception, match="Invalid type for parameter ContentType"):
        page.upload(account, "page", SITE)
    s3 = aws.client("s3")
    for name in ("index.html", "sw.js", "main.js"):
        assert s3.get_object(Bucket="page", Key=name)["Body"].read() == name.encode()


def test_an_unknown_kind_of_file_is_refused(frontend: Path) -> None:
    (frontend / "notes.doc").touch()
    with pytest.raises(DeployError, match=r"^notes\.doc has no Content-Type: remove it, or give its kind one in"):
        page.files(SITE)


def test_the_picture_for_others_is_named_with_the_sites_address() -> None:
    """Some readers of Open Graph pass over a relative address."""
    bodies = {file.key: file.body for file in page.files(SITE)}
    for name in ("index.html", "report.html"):
        assert b'<meta property="og:image" content="https://digits.example/social.png">' in bodies[name]
        assert bodies[name].replace(SITE.encode() + b"/", b"") == (PAGE / name).read_bytes()
    assert bodies["js/main.js"] == (PAGE / "js" / "main.js").read_bytes()


def test_an_address_that_is_whole_stays(frontend: Path) -> None:
    whole = '<meta property="og:image" content="https://elsewhere.example/a.png">'
    (frontend / "index.html").write_text(whole)
    assert next(file.body for file in page.files(SITE) if file.key == "index.html") == whole.encode()


def test_cloudfront_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    states = ["InProgress", "InProgress", "Completed"]
    asked: list[dict[str, Any]] = []

    class CloudFront:
        def create_invalidation(self, **request: Any) -> dict[str, Any]:
            asked.append(request["InvalidationBatch"]["Paths"])
            return self.get_invalidation()

        def get_invalidation(self, **_: Any) -> dict[str, Any]:
            return {"Invalidation": {"Id": "I1", "Status": states.pop(0)}}

    class Session:
        def client(self, *_: Any, **__: Any) -> CloudFront:
            return CloudFront()

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    account = Account("123456789012", "us-east-1", Session())  # type: ignore[arg-type]
    page.invalidate(account, "E1")
    assert (states, asked) == ([], [{"Quantity": 1, "Items": ["/*"]}])
    states += ["InProgress"] * 1000
    with pytest.raises(
        DeployError, match=r"^CloudFront has not forgotten the old page in 15 minutes: run 'make deploy'"
    ):
        page.invalidate(account, "E1")
