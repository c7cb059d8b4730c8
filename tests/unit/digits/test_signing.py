"""Signature of a bundle's manifest, with keys and signatures made by OpenSSL."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digits import signing
from digits.signing import SigningError
from tests.support.keys import openssl, public_key, rsa, sign

MANIFEST = b'{"format": 1}\n'
OTHER = "the manifest has another signature than that of signing_key.pem"
INVALID = "signing_key.pem is not a public RSA key of 2048 bits or more in PEM"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key of 3072 bits."""
    file = tmp_path_factory.mktemp("keys") / "private.pem"
    file.write_bytes(rsa(3072))
    return file


@pytest.fixture
def key(private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The public key, where the function has it."""
    file = tmp_path / "signing_key.pem"
    file.write_bytes(public_key(private.read_bytes()))
    monkeypatch.setattr(signing, "KEY", str(file))
    return file


def test_signed_manifest_is_accepted(private: Path, key: Path) -> None:
    assert signing.is_required()
    signing.verify(MANIFEST, sign(private, MANIFEST))


def test_signature_is_required_only_with_a_key(key: Path) -> None:
    key.unlink()
    assert not signing.is_required()


@pytest.mark.parametrize(
    "change",
    [
        lambda signature: signature[:-1],
        lambda signature: signature + b"\0",
        lambda signature: b"\0" + signature,
        lambda signature: signature[:-1] + bytes([signature[-1] ^ 1]),
        lambda signature: bytes(len(signature)),
        lambda signature: b"\xff" * len(signature),
    ],
    ids=["truncated", "appended", "prepended", "flipped", "zero", "above-modulus"],
)
def test_changed_signature_is_rejected(private: Path, key: Path, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SigningError, match=f"^{OTHER}$"):
        signing.verify(MANIFEST, change(sign(private, MANIFEST)))


def test_other_manifest_key_or_digest_is_rejected(private: Path, key: Path, tmp_path: Path) -> None:
    (other := tmp_path / "other.pem").write_bytes(rsa(3072))
    for signature in (sign(private, MANIFEST + b" "), sign(other, MANIFEST), sign(private, MANIFEST, "-sha1")):
        with pytest.raises(SigningError, match=f"^{OTHER}$"):
            signing.verify(MANIFEST, signature)


def test_unsigned_manifest_is_rejected(key: Path) -> None:
    with pytest.raises(SigningError, match=r"^the manifest is not signed$"):
        signing.verify(MANIFEST, b"")


@pytest.mark.parametrize("padding", [b"\xff" * 8, b""], ids=["short", "none"])
def test_digest_at_another_place_of_the_block_is_rejected(
    private: Path, key: Path, padding: bytes, tmp_path: Path
) -> None:
    """A verifier that only looks for the digest accepts such blocks (CVE-2006-4339)."""
    digest = openssl("dgst", "-sha256", "-binary", content=MANIFEST)
    block = (b"\0\1" + padding + b"\0" + signing.DIGEST_INFO + digest).ljust(384, b"\1")
    (tmp_path / "block").write_bytes(block)
    raw = ("-decrypt", "-inkey", private, "-pkeyopt", "rsa_padding_mode:none", "-in", tmp_path / "block")
    with pytest.raises(SigningError, match=f"^{OTHER}$"):
        signing.verify(MANIFEST, openssl("pkeyutl", *raw))


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n",
        lambda: public_key(rsa(1024)),
        lambda: public_key(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
        lambda: public_key(openssl("genpkey", "-algorithm", "ED25519")),
        rsa,
        lambda: public_key(rsa())[:200] + b"\n-----END PUBLIC KEY-----\n",
    ],
    ids=["empty", "no-base64", "1024-bits", "elliptic-curve", "ed25519", "private", "truncated"],
)
def test_unusable_key_is_rejected(key: Path, make: Callable[[], bytes]) -> None:
    key.write_bytes(make())
    with pytest.raises(SigningError, match=f"^{INVALID}$"):
        signing.verify(MANIFEST, b"signature")
