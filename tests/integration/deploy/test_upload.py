"""Upload of the page: files, headers, order, removal, cache invalidation."""

import os
from pathlib import Path
from typing import Any

import pytest

from deploy import preflight, upload
from deploy.console import DeployError
from deploy.preflight import Account
from deploy.upload import Changes, File
from server.site import PAGE, PUBLISHED, SWAGGER_UI
from tests.support.deploy.cloud import Cloud

SITE = "https://digits.example"
FILES = 4 + len(PUBLISHED)  # those of `frontend`, without the hidden one


@pytest.fixture
def account(aws: Cloud) -> Account:
    aws.prepare()
    aws.client("s3").create_bucket(Bucket="page")
    return preflight.check(None)


@pytest.fixture
def frontend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a small page instead of frontend/."""
    for name in ("index.html", "sw.js", "style.css", "main.js", ".DS_Store"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(upload, "PAGE", tmp_path)
    return tmp_path


def test_every_file_of_serve_is_uploaded() -> None:
    served = {f"/{path.relative_to(PAGE).as_posix()}" for path in PAGE.rglob("*") if path.is_file()}
    assert {f"/{file.key}" for file in upload.files(SITE)} == served | set(PUBLISHED)


def test_swagger_ui_is_uploaded(aws: Cloud, account: Account, frontend: Path) -> None:
    upload.upload(account, "page", SITE)
    for name, kind in (("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")):
        uploaded = aws.client("s3").get_object(Bucket="page", Key=f"swagger-ui/{name}")
        assert uploaded["Body"].read() == (SWAGGER_UI / name).read_bytes()
        assert uploaded["ContentType"] == f"{kind}; charset=utf-8"
        assert uploaded["CacheControl"] == "public, max-age=0, s-maxage=31536000"


def test_pages_are_uploaded_after_the_files_they_load() -> None:
    keys = [file.key for file in upload.files(SITE)]
    assert keys[-5:] == ["models/manifest.json", "serving.html", "report.html", "index.html", "sw.js"]


def test_only_changed_files_are_uploaded(account: Account, frontend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upload.upload(account, "page", SITE) == Changes(uploaded=FILES, removed=0, unchanged=0)
    assert upload.upload(account, "page", SITE) == Changes(uploaded=0, removed=0, unchanged=FILES)
    os.utime(frontend / "main.js", (0, 0))
    assert upload.upload(account, "page", SITE).uploaded == 0
    (frontend / "main.js").write_text("changed")
    assert upload.upload(account, "page", SITE) == Changes(uploaded=1, removed=0, unchanged=FILES - 1)
    monkeypatch.setitem(upload.TYPES, ".css", "text/css")
    assert upload.upload(account, "page", SITE) == Changes(uploaded=2, removed=0, unchanged=FILES - 2)


def test_deleted_files_are_removed(aws: Cloud, account: Account, frontend: Path) -> None:
    upload.upload(account, "page", SITE)
    (frontend / "main.js").unlink()
    assert upload.upload(account, "page", SITE) == Changes(uploaded=0, removed=1, unchanged=FILES - 1)
    keys = {each["Key"] for each in aws.client("s3").list_objects_v2(Bucket="page")["Contents"]}
    assert keys == {"index.html", "sw.js", "style.css"} | {path.removeprefix("/") for path in PUBLISHED}


def test_failed_upload_keeps_old_pages_and_their_files(
    aws: Cloud, account: Account, frontend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one file has failed, the old index.html, sw.js and main.js are still there."""
    upload.upload(account, "page", SITE)
    for name in ("index.html", "sw.js", "style.css"):
        (frontend / name).write_text("new")
    (frontend / "main.js").unlink()

    def headers(file: File) -> dict[str, Any]:
        return {"ContentType": 1} if file.key == "style.css" else {}  # boto3 rejects a number

    monkeypatch.setattr(File, "headers", property(headers))
    with pytest.raises(Exception, match="Invalid type for parameter ContentType"):
        upload.upload(account, "page", SITE)
    s3 = aws.client("s3")
    for name in ("index.html", "sw.js", "main.js"):
        assert s3.get_object(Bucket="page", Key=name)["Body"].read() == name.encode()


def test_unknown_file_type_raises_deploy_error(frontend: Path) -> None:
    (frontend / "notes.doc").touch()
    with pytest.raises(DeployError, match=r"^notes\.doc has no Content-Type: remove it, or add its type to"):
        upload.files(SITE)


def test_open_graph_image_url_is_made_absolute() -> None:
    bodies = {file.key: file.body for file in upload.files(SITE)}
    for name in ("index.html", "report.html", "serving.html"):
        assert b'<meta property="og:image" content="https://digits.example/social.png">' in bodies[name]
        assert bodies[name].replace(SITE.encode() + b"/", b"") == (PAGE / name).read_bytes()
    assert bodies["js/main.js"] == (PAGE / "js" / "main.js").read_bytes()


def test_absolute_open_graph_url_is_unchanged(frontend: Path) -> None:
    html = '<meta property="og:image" content="https://elsewhere.example/a.png">'
    (frontend / "index.html").write_text(html)
    assert next(file.body for file in upload.files(SITE) if file.key == "index.html") == html.encode()


def test_invalidation_waits_for_completion(monkeypatch: pytest.MonkeyPatch) -> None:
    states = ["InProgress", "InProgress", "Completed"]
    invalidated: list[dict[str, Any]] = []

    class CloudFront:
        def create_invalidation(self, **request: Any) -> dict[str, Any]:
            invalidated.append(request["InvalidationBatch"]["Paths"])
            return self.get_invalidation()

        def get_invalidation(self, **_: Any) -> dict[str, Any]:
            return {"Invalidation": {"Id": "I1", "Status": states.pop(0)}}

    class Session:
        def client(self, *_: Any, **__: Any) -> CloudFront:
            return CloudFront()

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    account = Account("123456789012", "us-east-1", Session())  # type: ignore[arg-type]
    upload.invalidate_cache(account, "E1")
    assert (states, invalidated) == ([], [{"Quantity": 1, "Items": ["/*"]}])
    states += ["InProgress"] * 1000
    with pytest.raises(
        DeployError, match=r"^CloudFront's cache is not invalidated after 15 minutes: run 'make deploy'"
    ):
        upload.invalidate_cache(account, "E1")
