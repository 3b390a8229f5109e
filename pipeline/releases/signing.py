"""The signature of a release: detached, over the bytes of its manifest, with Ed25519.

The manifest holds the SHA-256 of every file, so its signature covers all of them. The same key and the same bytes give
the same signature. What `openssl` needs to check it without this program stands in pipeline/README.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from pipeline.home import HomeUnusable

KEY_VARIABLE = "COLLATE_SIGNING_KEY"

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
PUBLIC_KEY = "signing_key.pub"

# Beside these a release holds what its manifest lists and nothing else.
UNLISTED = frozenset({MANIFEST, SIGNATURE, PUBLIC_KEY})

MAKE_ONE = "openssl genpkey -algorithm ed25519 -out signing_key.pem makes one"

# No key in this form is longer.
LONGEST_KEY = 10_000


class NotAKey(Exception):
    """What was given as a public key is none; the sentence says what one looks like."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def signing_key() -> Ed25519PrivateKey | None:
    """Return the key in COLLATE_SIGNING_KEY, itself in PEM or a path to it; None where none is set.

    Raises HomeUnusable where it is set and cannot be used, for a release that should be signed must not go out unsigned.
    """
    stated = os.environ.get(KEY_VARIABLE, "").strip()
    if not stated:
        return None
    try:
        pem = stated.encode() if stated.startswith("-----BEGIN") else read_key(Path(stated))
    except OSError as error:
        raise HomeUnusable(
            f"The signing key that {KEY_VARIABLE} names cannot be read ({error.strerror or 'no such file'}). Mend the path, "
            "or take the variable away to publish without a signature."
        ) from None
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        # Nothing of the key may reach a log, so its fault is not told either.
        raise HomeUnusable(
            f"The signing key in {KEY_VARIABLE} cannot be used: it must be an Ed25519 private key in PEM, without a "
            f"passphrase. {MAKE_ONE[0].upper()}{MAKE_ONE[1:]}; the variable holds its path or its text."
        )
    return key


def read_key(path: Path) -> bytes:
    with path.open("rb") as content:
        return content.read(LONGEST_KEY)


def sign(folder: Path) -> str | None:
    """Put a signature of a folder's manifest, and the public key, beside it; return the key's fingerprint, or None.

    None, and nothing written, where no key is set. Raises HomeUnusable where the key cannot be used.
    """
    key = signing_key()
    if key is None:
        return None
    public = key.public_key()
    (folder / SIGNATURE).write_bytes(key.sign((folder / MANIFEST).read_bytes()))
    (folder / PUBLIC_KEY).write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return fingerprint(public)


def public_key(pem: bytes, name: str) -> Ed25519PublicKey:
    """Return a public key from its PEM; raises NotAKey, naming where it stood, where it is none."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise NotAKey(
            f"{name} is not an Ed25519 public key in PEM. The one to compare with comes from the office that publishes, "
            f"as {PUBLIC_KEY}."
        )
    return key


def is_signed_by(manifest: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    """Return whether a signature is by the key and over these bytes."""
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        return False
    return True


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return what tells one key from another when it is read out: SHA-256 of its DER form, in groups of four."""
    digest = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
