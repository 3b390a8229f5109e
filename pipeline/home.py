"""Where everything is: the folders of a home, and what the environment says about it."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from pathlib import Path

KEY_VARIABLE = "COLLATE_PSEUDONYM_KEY"
HOME_VARIABLE = "COLLATE_HOME"
LEDGER_VARIABLE = "COLLATE_LEDGER_URL"
FORCES_VARIABLE = "COLLATE_FORCES"

# Written into a home that holds nothing but the samples; only there does the development key serve.
SAMPLES_MARK = "SAMPLES"
DEVELOPMENT_KEY = "for the synthetic samples only"
SHORTEST_KEY = 16

# No run takes this long, so what is older in staging belongs to none.
STALE_SECONDS = 24 * 60 * 60


class HomeUnusable(Exception):
    """The home cannot be worked in; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NoHome(Exception):
    """A home was asked about that nobody has made; the sentence says where it was looked for."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Home:
    """The folder everything of one installation is in."""

    root: Path

    @classmethod
    def at(cls, root: str | Path | None = None) -> Home:
        """Return the home at a path, or where COLLATE_HOME says, or ./data."""
        return cls(Path(root or os.environ.get(HOME_VARIABLE) or "data").absolute())

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def accepted(self) -> Path:
        return self.root / "accepted"

    @property
    def held(self) -> Path:
        return self.root / "held"

    @property
    def withdrawn(self) -> Path:
        return self.root / "withdrawn"

    @property
    def workforce(self) -> Path:
        return self.root / "workforce"

    @property
    def returns(self) -> Path:
        return self.root / "returns"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    @property
    def ledger_url(self) -> str:
        return os.environ.get(LEDGER_VARIABLE) or f"sqlite:///{self.root / 'ledger.sqlite'}"

    @property
    def forces(self) -> Path:
        """Return the folder of force files: the project's own unless COLLATE_FORCES names another."""
        from schemas.force import FORCES

        return Path(os.environ.get(FORCES_VARIABLE) or FORCES)

    @property
    def is_samples(self) -> bool:
        return (self.root / SAMPLES_MARK).is_file()

    def must_be(self) -> None:
        """Raise NoHome where this is no home: who only reads one never makes it, for a slip in its name."""
        if not self.inbox.is_dir():
            raise NoHome(
                f"There is no home at {self.root}. Check the folder after --home, or in {HOME_VARIABLE}; "
                "collate receive makes a home where there is none."
            )

    def prepare(self) -> None:
        """Make the folders of the home; raises HomeUnusable where it cannot be written to."""
        try:
            for folder in (
                self.inbox,
                self.archive,
                self.accepted,
                self.held,
                self.returns,
                self.releases,
                self.staging,
            ):
                folder.mkdir(parents=True, exist_ok=True)
            self.sweep()
            probe = self.staging / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise HomeUnusable(
                f"The folder {self.root} cannot be written to ({error.strerror or error}). "
                "Give this user write access to it, or name another folder with --home."
            ) from error

    def sweep(self) -> None:
        """Remove from staging what a process that was killed left there more than a day ago."""
        for left in self.staging.iterdir():
            if time.time() - left.lstat().st_mtime > STALE_SECONDS:
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)

    def key(self, force_id: str) -> bytes:
        """Return the key of a force's pseudonyms, its own for each force, from the key in the environment.

        Raises HomeUnusable where no key is set, except in a home that holds only the samples.
        """
        secret = os.environ.get(KEY_VARIABLE, "")
        if not secret and self.is_samples:
            secret = DEVELOPMENT_KEY
        if not secret:
            raise HomeUnusable(
                f"No key for pseudonyms is set. Put a secret of at least {SHORTEST_KEY} characters in the environment "
                f"variable {KEY_VARIABLE}, keep it safe, and use the same one every month: with another key the "
                "same officer gets another pseudonym."
            )
        if len(secret) < SHORTEST_KEY:
            raise HomeUnusable(
                f"The key in {KEY_VARIABLE} is too short to protect anybody: use at least {SHORTEST_KEY} characters."
            )
        return digest(secret.encode(), force_id.encode(), sha256)
