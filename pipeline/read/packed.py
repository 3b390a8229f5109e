"""Archives: the one data file in a zip or gzip archive, laid into the working folder while it is counted.

A name inside an archive is only ever shown and used as the last part of a path; one that points elsewhere is
refused, and so are links, archives inside archives, and a file that unpacks beyond the limits, as soon as it
does.
"""

from __future__ import annotations

import gzip
import re
import stat
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from pipeline.read.limits import Limits
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused

PIECE = 1 << 20

# What systems put beside the files a person packed.
_LITTER = re.compile(r"(.*/)?(__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[/\\]|.*[\0\\]|[A-Za-z]:|(.*/)?\.\.(/|$)", re.DOTALL)
_SHOWN = 80


def workbook_form(path: Path, limits: Limits) -> str | None:
    """Return which workbook a zip archive is, None where it is none; raises Refused for a bomb or damage."""
    with _opened(path) as archive:
        members = _members(archive, path.name, limits)
        names = {member.filename for member in members}
        form = _form(names)
        if form:
            for member in members:
                limits.check_expanded(path.name, member.compress_size, member.file_size)
            packed = sum(member.compress_size for member in members)
            limits.check_expanded(path.name, packed, sum(member.file_size for member in members))
        return form


def unzipped(path: Path, folder: Path, limits: Limits, reading: Reading) -> tuple[Path, bool]:
    """Return where the one data file of a zip archive was laid, and whether a password opened it.

    Raises Refused where there is not just one, and where the password is wrong or not known.
    """
    with _opened(path) as archive:
        members = _members(archive, path.name, limits)
        for member in members:
            if _ELSEWHERE.match(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
                raise Refused(
                    f'{path.name} holds "{shown(member.filename)}", which points outside the archive; '
                    "pack the data file alone and send it again."
                )
        files = [each for each in members if not each.is_dir() and not _LITTER.fullmatch(each.filename)]
        if len(files) != 1:
            raise Refused(_several(path.name, [each.filename for each in files]))
        (only,) = files
        limits.check_expanded(path.name, only.compress_size, only.file_size)
        name = only.filename.rpartition("/")[2]
        locked = bool(only.flag_bits & 1)
        try:
            with _unlocked(path, only, reading) if locked else archive.open(only) as file:
                return _laid(file, folder, name, path, limits), locked
        except NotImplementedError:
            raise Refused(
                f"{path.name} is packed in a way that is not read; pack it again as an ordinary zip archive, "
                "or send the file inside."
            ) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
            raise _damaged(path.name) from None


def _unlocked(path: Path, member: zipfile.ZipInfo, reading: Reading) -> AbstractContextManager[IO[bytes]]:
    # Hardly any archive needs what this imports.
    from pipeline.read.locked_zip import unlocked_member

    return unlocked_member(path, member, reading)


def gunzipped(path: Path, folder: Path, limits: Limits) -> Path:
    """Return where the file in a gzip archive was laid; raises Refused for a bomb or damage."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    try:
        with gzip.open(path, "rb") as file:
            return _laid(file, folder, name, path, limits)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise _damaged(path.name) from None


def shown(name: str) -> str:
    """Return a name from an archive as it may be printed."""
    text = "".join(letter if letter.isprintable() else "?" for letter in name)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise _damaged(path.name) from None


def _members(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > limits.members:
        raise Refused(
            f"{name} holds {len(members):,} files, and at most {limits.members:,} are looked at; "
            "pack the data file alone and send it again."
        )
    return members


def _form(names: set[str]) -> str | None:
    if any(name.startswith("xl/") for name in names):
        if "xl/workbook.bin" in names:
            return "xlsb"
        return "xlsm" if "xl/vbaProject.bin" in names else "xlsx"
    return "ods" if "content.xml" in names and "mimetype" in names else None


def _laid(file: IO[bytes] | gzip.GzipFile, folder: Path, name: str, path: Path, limits: Limits) -> Path:
    """Return where a packed file was written to, counted while it grows."""
    packed = path.stat().st_size
    # The name is kept for the sentences; a long or odd one is no use in a path.
    laid = folder / (re.sub(r"[^\w .()-]", "_", name)[-_SHOWN:].strip(". ") or "unnamed")
    expanded = 0
    with laid.open("xb") as written:
        while piece := file.read(PIECE):
            expanded += len(piece)
            limits.check_expanded(path.name, packed, expanded)
            written.write(piece)
    return laid


def _several(name: str, inside: Sequence[str]) -> str:
    if not inside:
        return f"{name} is an archive with no file in it; pack the data file and send it again."
    listed = ", ".join(f'"{shown(each)}"' for each in inside[:6])
    more = f" and {len(inside) - 6} more" if len(inside) > 6 else ""
    return f"{name} holds {len(inside)} files ({listed}{more}); send them one by one."


def _damaged(name: str) -> Refused:
    return Refused(f"{name} is damaged or cut short; send it again, or save it anew first.")
