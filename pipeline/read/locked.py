"""Workbooks protected by a password: opened with the force's password, in memory, for this reading only.

The password is never written down, neither here nor in a sentence.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
from msoffcrypto.format.ooxml import OOXMLFile

from pipeline.read.password import not_opened
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused

# What the library raises where a workbook is damaged: its own, and what slips through it of the parts it reads by.
DAMAGED = (
    FileFormatError, ParseError, DecryptionError, OSError, AssertionError, LookupError, ValueError, TypeError,
    AttributeError, struct.error, BadZipFile, ExpatError,
)  # fmt: skip

# Excel's own, by which a workbook is scrambled but opens for everybody.
NO_PASSWORD = "VelvetSweatshop"


def unlocked(path: Path, folder: Path, reading: Reading) -> Path:
    """Return a workbook that is not protected: the file itself, or a path to its opened copy in memory.

    Raises Refused, naming the variable, where the password is wrong or there is none.
    """
    with path.open("rb") as file:
        try:
            workbook = msoffcrypto.OfficeFile(file)
            if not workbook.is_encrypted():
                return path
        except DAMAGED:
            # The workbook's reader says what is wrong with it.
            return path
        for password in filter(None, (reading.password, NO_PASSWORD)):
            try:
                # Only the key of a newer workbook is not proved unasked.
                proof = {"verify_password": True} if isinstance(workbook, OOXMLFile) else {}
                workbook.load_key(password=password, **proof)
            except InvalidKeyError:
                continue
            except (DecryptionError, FileFormatError):
                raise _unknown(path.name) from None
            try:
                opened = _in_memory(folder, path.name)
                with opened.open("r+b") as copy:
                    workbook.decrypt(copy)
                return opened
            except (DecryptionError, InvalidKeyError, FileFormatError):
                raise _unknown(path.name) from None
    raise not_opened(path.name, reading)


def _unknown(name: str) -> Refused:
    return Refused(
        f"{name} is protected in a way that cannot be opened here, or is damaged; save it without a password, "
        "or with one by a current Excel, and send it again."
    )


def _in_memory(folder: Path, name: str) -> Path:
    """Return a path, by the file's own name, to an empty file in memory that ends with this process."""
    # The file may itself lie in the folder, out of an archive.
    (folder / "unlocked").mkdir()
    opened = folder / "unlocked" / name
    if sys.platform == "linux":
        opened.symlink_to(f"/proc/{os.getpid()}/fd/{os.memfd_create('workbook')}")
    else:
        opened.touch(mode=0o600, exist_ok=False)
    return opened
