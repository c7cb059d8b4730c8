"""Signature of a bundle's manifest: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2).

With a public key in KEY, only bundles that its private key has signed are published, pulled and served. The manifest
has the sha256 of each other file. The packages of the function have no such algorithm; verifying needs no secret.
"""

import base64
import hashlib
import os

KEY = os.path.join(os.path.dirname(__file__), "signing_key.pem")
SIGNATURE = "manifest.json.sig"  # in the bundle's folder
MIN_BITS = 2048  # of the key
RSA = bytes.fromhex("2a864886f70d010101")  # object identifier of RSA keys (RFC 8017, appendix C)
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # before a SHA-256 (RFC 8017, section 9.2)


class SigningError(Exception):
    """A manifest is not signed with the key, or there is no usable key; the message is the reason."""


def is_required() -> bool:
    """Return whether there is a key."""
    return os.path.exists(KEY)


def verify(manifest: bytes, signature: bytes) -> None:
    """Raise SigningError unless the manifest is signed with the key. An empty signature: there is none."""
    with open(KEY, "rb") as file:
        modulus, exponent = read_key(file.read())
    size, number = (modulus.bit_length() + 7) // 8, int.from_bytes(signature)
    is_number = len(signature) == size and number < modulus
    # The whole block is compared: reading the digest out of it is how such signatures have been forged.
    if not is_number or pow(number, exponent, modulus).to_bytes(size) != _padded(manifest, size):
        what = f"has another signature than that of {os.path.basename(KEY)}" if signature else "is not signed"
        raise SigningError(f"the manifest {what}")


def read_key(pem: bytes) -> tuple[int, int]:
    """Read modulus and exponent of an RSA public key, a SubjectPublicKeyInfo in PEM. Raises SigningError."""
    try:
        (info,) = _contents(base64.b64decode(pem.split(b"-----")[2], validate=False))
        algorithm, bits = _contents(info)
        (key,) = _contents(bits[1:])  # the first byte is the number of unused bits
        modulus, exponent = map(int.from_bytes, _contents(key))
        is_valid = _contents(algorithm)[0] == RSA and modulus.bit_length() >= MIN_BITS and exponent > 1
    except (ValueError, IndexError):
        is_valid = False
    if not is_valid:
        raise SigningError(f"{os.path.basename(KEY)} is not a public RSA key of {MIN_BITS} bits or more in PEM")
    return modulus, exponent


def _contents(der: bytes) -> list[bytes]:
    """Return the content of each DER element, one after the other (X.690). Raises ValueError, IndexError."""
    contents = []
    while der:
        start, length = 2, der[1]
        if length > 127:  # the number of the bytes of the length
            start += length - 128
            length = int.from_bytes(der[2:start])
        if start + length > len(der):
            raise ValueError
        contents.append(der[start : start + length])
        der = der[start + length :]
    return contents


def _padded(manifest: bytes, size: int) -> bytes:
    """Return what the signature of a manifest decrypts to: EMSA-PKCS1-v1_5 (RFC 8017, section 9.2)."""
    end = b"\0" + DIGEST_INFO + hashlib.sha256(manifest).digest()
    return b"\0\1" + b"\xff" * (size - 2 - len(end)) + end
