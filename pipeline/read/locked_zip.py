"""A file in a zip archive that is protected by a password, whether by WinZip's AES or by the older scheme."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyzipper

from pipeline.read.password import not_opened
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused


@contextmanager
def unlocked_member(path: Path, member: zipfile.ZipInfo, reading: Reading) -> Iterator[IO[bytes]]:
    """Give a file of an archive for reading, opened with the force's password.

    Raises Refused, naming the variable, where the password is wrong or there is none.
    """
    if not reading.password:
        raise not_opened(path.name, reading)
    try:
        with pyzipper.AESZipFile(path) as archive:
            same = next(each for each in archive.infolist() if each.header_offset == member.header_offset)
            with archive.open(same, pwd=reading.password.encode()) as file:
                yield file
    except NotImplementedError:
        raise
    except RuntimeError:
        raise not_opened(path.name, reading) from None
    except (pyzipper.BadZipFile, zlib.error, EOFError, StopIteration, ValueError):
        # Of wrong passwords the older scheme lets one in 256 through.
        raise Refused(
            f"{path.name} is damaged, or the password that was given for it is not the right one; look at the "
            "password, or send it again."
        ) from None
