"""Keys and signatures, made by OpenSSL."""

import shutil
import subprocess
from pathlib import Path

import pytest

from digits import signing
from digits.manifest import MANIFEST
from tests.support.require import require


def openssl(*arguments: str | Path, content: bytes = b"") -> bytes:
    require(shutil.which("openssl") is not None, "There is no openssl", "apt-get install openssl")
    return subprocess.run(["openssl", *arguments], input=content, capture_output=True, check=True).stdout


def rsa(bits: int = 2048) -> bytes:
    """Make a private key."""
    return openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")


def public_key(private: bytes) -> bytes:
    return openssl("pkey", "-pubout", content=private)


def sign(private: Path, content: bytes, digest: str = "-sha256") -> bytes:
    return openssl("dgst", digest, "-sign", private, content=content)


def sign_bundle(private: Path, folder: Path) -> None:
    (folder / signing.SIGNATURE).write_bytes(sign(private, (folder / MANIFEST).read_bytes()))


def require_signatures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a pair of keys in a folder, and let the function find the public one. Returns the private one."""
    (private := folder / "private.pem").write_bytes(rsa())
    (public := folder / "signing_key.pem").write_bytes(public_key(private.read_bytes()))
    monkeypatch.setattr(signing, "KEY", str(public))
    return private
