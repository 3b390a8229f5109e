"""A signed release, and what `collate verify` says of it once somebody has been at it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pipeline.home import Home, HomeUnusable
from pipeline.releases import signing
from pipeline.releases.verify import verify
from tests.office import Office, equip, export

RELEASE = "2018-07-r1"
KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2))
PEM, OTHER_PEM = (
    key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() for key in (KEY, OTHER_KEY)
)
NOWHERE = Home(Path("/nowhere/at/all"))


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office that has published July with a signature; the tests that share it change nothing in it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLLATE_SIGNING_KEY", PEM)
        office = equip(tmp_path_factory.mktemp("signed"), environment)
        office.receipt(export({}))
        office.publish()
        yield office


@pytest.fixture
def stick(signed: Office, tmp_path: Path) -> Path:
    """Return a copy of the release as on a memory stick, which a test may do anything to."""
    place = tmp_path / "stick" / RELEASE
    shutil.copytree(signed.home.releases / RELEASE, place)
    for path in place.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return place


@pytest.fixture
def pub(tmp_path: Path) -> Path:
    path = tmp_path / "office.pub"
    path.write_bytes(public(KEY))
    return path


def rewrite(stick: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of a release, and sign it anew with another key, as whoever forges one would."""
    path = stick / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    (stick / signing.SIGNATURE).write_bytes(OTHER_KEY.sign(path.read_bytes()))
    (stick / signing.PUBLIC_KEY).write_bytes(public(OTHER_KEY))


@pytest.mark.slow
def test_a_copy_without_a_home_is_verified_by_the_key_that_is_named(stick: Path, pub: Path) -> None:
    found = verify(str(stick), NOWHERE, key=pub)
    assert (found.verdict, found.signature, found.ledger, found.faults) == (
        "verified",
        "trusted",
        "not asked",
        [],
    )
    assert found.mark == "provisional"


@pytest.mark.slow
def test_a_key_that_lies_beside_the_release_is_told_by_its_fingerprint_and_is_not_trust(stick: Path) -> None:
    found = verify(str(stick), NOWHERE)
    assert (found.verdict, found.signature) == ("intact", "beside")
    assert signing.fingerprint(KEY.public_key()) in " ".join(found.said)
    assert "Anybody can put a key there" in " ".join(found.said)


@pytest.mark.slow
def test_in_its_home_the_ledger_vouches_for_it(signed: Office, collate: Callable[..., Any]) -> None:
    ended = collate("verify", RELEASE, "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["verdict"], told["ledger"], told["files"] > 10) == (0, "verified", "known", True)


@pytest.mark.slow
def test_one_changed_byte_a_missing_file_and_one_too_many_are_named(stick: Path, pub: Path) -> None:
    changed = stick / "national" / "coverage.csv"
    changed.write_bytes(changed.read_bytes().replace(b"2018", b"2019", 1))
    (stick / "data_dictionary.md").unlink()
    (stick / "national" / "of_mine.csv").write_text("1")
    (stick / "empty").mkdir()
    found = verify(str(stick), NOWHERE, key=pub)
    assert found.verdict == "refused"
    assert found.faults == [
        "data_dictionary.md is missing.",
        "national/coverage.csv is not the file that was published.",
        "empty/, national/of_mine.csv are not part of the release.",
    ]


@pytest.mark.slow
def test_a_forged_release_that_is_sound_in_itself_fails_by_key_and_by_ledger(
    stick: Path, pub: Path, signed: Office
) -> None:
    changed = stick / "national" / "coverage.csv"
    changed.write_bytes(b"forged")

    def forge(manifest: dict[str, Any]) -> None:
        (entry,) = [each for each in manifest["files"] if each["path"] == "national/coverage.csv"]
        entry.update(sha256=sha256(b"forged").hexdigest(), bytes=6)

    rewrite(stick, forge)
    assert verify(str(stick), NOWHERE).verdict == "intact"  # nothing vouches for it
    (fault,) = verify(str(stick), NOWHERE, key=pub).faults
    assert "The signature is not by the key you named" in fault
    (fault,) = verify(str(stick), signed.home).faults
    assert "has release 2018-07-r1 with another manifest" in fault


@pytest.mark.slow
def test_a_release_without_a_signature_is_refused_where_a_key_is_named(stick: Path, pub: Path) -> None:
    (stick / signing.SIGNATURE).unlink()
    assert verify(str(stick), NOWHERE, key=pub).verdict == "refused"
    (stick / signing.PUBLIC_KEY).unlink()
    assert verify(str(stick), NOWHERE).signature == "none"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "../../outside",
        "/etc/passwd",
        "a/../../outside",
        "a\\b",
        "",
        "./x",
        "a//b",
        "manifest.json",
        "/".join("a" * 40),
    ],
)
def test_a_manifest_that_points_outside_its_folder_is_refused_and_nothing_there_is_read(
    stick: Path, path: str
) -> None:
    (stick.parent.parent / "outside").write_text("x")
    digest = sha256(b"x").hexdigest()
    rewrite(stick, lambda told: told["files"].append({"path": path, "sha256": digest, "bytes": 1}))
    (fault,) = verify(str(stick), NOWHERE).faults
    assert "in a way no release does" in fault


@pytest.mark.slow
@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"[" * 100_000, b'{"files": 1}', b'{"files": [], "release_id": "../x"}', b'{"files": [{}]}',
     b'{"files": [], "release_id": ' + b"9" * 5_000 + b"}"],
)  # fmt: skip
def test_what_is_no_manifest_is_refused_in_a_sentence(stick: Path, manifest: bytes) -> None:
    (stick / "manifest.json").write_bytes(manifest)
    (fault,) = verify(str(stick), NOWHERE).faults
    assert fault.startswith(("manifest.json ", "There is no manifest.json"))


@pytest.mark.slow
def test_a_manifest_without_end_is_not_read(stick: Path) -> None:
    with (stick / "manifest.json").open("r+b") as sparse:
        sparse.truncate(1 << 40)
    assert verify(str(stick), NOWHERE).verdict == "refused"


@pytest.mark.slow
def test_links_and_pipes_are_named_and_never_opened(stick: Path) -> None:
    kept = stick.parent / "kept.csv"
    listed = stick / "national" / "coverage.csv"
    listed.rename(kept)
    listed.symlink_to(kept)
    (stick / "loop").symlink_to(stick)
    os.mkfifo(stick / "pipe")
    found = verify(str(stick), NOWHERE)
    assert found.faults == [
        "national/coverage.csv is missing.",
        "loop, national/coverage.csv, pipe are links, or no plain files, and were not opened.",
    ]
    (stick / "manifest.json").unlink()
    os.mkfifo(stick / "manifest.json")
    assert verify(str(stick), NOWHERE).verdict == "refused"


@pytest.mark.slow
def test_a_name_that_would_move_the_cursor_is_shown_as_what_it_is(
    stick: Path, collate: Callable[..., Any]
) -> None:
    (stick / "\x1b[2Jgone\udcff").write_text("")
    ended = collate("verify", stick, "--json", "--home", stick.parent)
    assert ended.code == 2
    assert "\\\\x1b[2Jgone" in ended.out
    assert "\x1b" not in ended.out


def test_a_name_that_is_no_release_is_said(collate: Callable[..., Any], tmp_path: Path) -> None:
    ended = collate("verify", "2018-07-r9", "--home", tmp_path)
    assert ended.code == 2
    assert ended.err.startswith("There is no release 2018-07-r9")


@pytest.mark.slow
def test_openssl_finds_the_signature_good_too(stick: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    words = [
        "pkeyutl",
        "-verify",
        "-rawin",
        "-in",
        "manifest.json",
        "-sigfile",
        "manifest.json.sig",
        "-pubin",
    ]
    asked = subprocess.run(
        ["openssl", *words, "-inkey", "signing_key.pub"],
        cwd=stick,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verified Successfully" in asked.stdout


@pytest.mark.slow
def test_the_same_key_gives_the_same_bytes_and_all_else_is_as_without_one(
    signed: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {path: digest for path, digest in signed.at_rest().items() if path.startswith("releases/")}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLLATE_SIGNING_KEY", "")
        unsigned = equip(tmp_path / "unsigned", environment)
        unsigned.receipt(export({}))
        published = unsigned.publish()
    assert published["signed"] is False
    again = {path: digest for path, digest in unsigned.at_rest().items() if path.startswith("releases/")}
    assert again.keys() ^ there.keys() == {
        f"releases/{RELEASE}/{name}" for name in (signing.SIGNATURE, signing.PUBLIC_KEY)
    }
    key_file = tmp_path / "key.pem"
    key_file.write_text(PEM)
    monkeypatch.setenv("COLLATE_SIGNING_KEY", str(key_file))
    signing.sign(Path(published["path"]))
    assert {p: digest for p, digest in unsigned.at_rest().items() if p.startswith("releases/")} == there


@pytest.mark.parametrize(
    "stated",
    ["-----BEGIN PRIVATE KEY-----\nsecretsecret\n-----END PRIVATE KEY-----", "/nowhere/key.pem", "public"],
)
def test_a_key_that_cannot_be_used_stops_a_release_before_it_is_made_and_is_never_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stated: str
) -> None:
    if stated == "public":
        (tmp_path / "public").write_bytes(public(KEY))
        stated = str(tmp_path / "public")
    monkeypatch.setenv("COLLATE_SIGNING_KEY", stated)
    with pytest.raises(HomeUnusable) as fault:
        office.publish()
    assert "COLLATE_SIGNING_KEY" in fault.value.sentence
    assert "secret" not in fault.value.sentence
    assert list(office.home.releases.iterdir()) == []
