"""Reading in a process of its own: whatever a file does to its parser, it does it there, and only for so long.

The parent opens a socket, hands one end to a server that was started once (`reader.py`), and a fresh process
forked there reads the one file: it sends how the file was read, then its rows as they are asked for, and ends.
It may use so much memory and so much time, the time it keeps us waiting; it has none of our environment. Once
our end is closed, by a refusal, by a reading given up or by our own death, the server stops that process.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.read.limits import Limits
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused
from pipeline.read.wire import Broken, Silent, Wire

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.read.export import Export

# What the reading process calls to open a file: a module and a function of (path, form, reading, expected).
OPENER = "pipeline.read.opening:open_form"

# What a process may see of our environment: no key, no password.
SEEN = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
STARTED = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pipeline.read import reader; reader.serve({})"


_log = logging.getLogger(__name__)


# A process that is not there after so long will not come.
READY_SECONDS = 60.0
# One that is let go of has little left to do.
STOP_SECONDS = 2.0


class ReaderFault(Exception):
    """No process can be started to read files in."""


def open_in_child(path: Path, form: str, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export of a file that is opened and read in a process of its own.

    Raises Refused where the file is, and where its reading took too long or too much memory; OSError where
    it cannot be reached.
    """
    limits = Limits.from_environment()
    asked = {
        "opener": OPENER,
        "path": str(path.absolute()),
        "form": form,
        "reading": asdict(reading),
        "expected": list(expected),
        "limits": asdict(limits),
    }
    reader = FileReader(path.name, asked, limits)
    # That process is at work while Arrow is imported in this one.
    from pipeline.read.child_export import ChildExport

    return ChildExport(reader)


class FileReader:
    """One file's reading processes, one after another: each sends the rows once. The first begins here."""

    def __init__(self, name: str, asked: dict[str, Any], limits: Limits) -> None:
        self._name = name
        self._asked = asked
        self._limits = limits
        self._wire: Wire | None = None
        self._fresh = False
        self._begin()

    def opened(self) -> dict[str, Any]:
        """Return how the process has opened the file."""
        facts = self._heard(None)
        if not isinstance(facts, dict):
            raise self._stopped()
        self._fresh = True
        return facts

    def rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch | dict[str, Any]]:
        """Yield the rows of a process that has sent none yet, and at last what it says of them."""
        if not self._fresh:
            self._begin()
            self.opened()
        self._fresh = False
        asked = {"columns": list(columns), "schema": base64.b64encode(schema.serialize()).decode()}
        heard = self._heard(asked)
        while not isinstance(heard, dict):
            yield heard
            heard = self._heard(None)
        self.close()
        yield heard

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._wire:
            self._wire.close()
        self._wire, self._fresh = None, False

    def _begin(self) -> None:
        """Have a new process open the file."""
        self.close()
        self._wire = _new_wire()
        # A reading that nobody finishes ends with the export.
        weakref.finalize(self, self._wire.close)
        try:
            self._wire.tell(**self._asked)
        except Broken:
            raise self._stopped() from None

    def _heard(self, asked: dict[str, Any] | None) -> dict[str, Any] | pa.RecordBatch:
        wire = self._wire
        if wire is None:
            raise self._stopped()
        try:
            if asked is not None:
                wire.tell(**asked)
            heard = wire.hear(max(self._limits.seconds - wire.waited, 0.0))
        except (Silent, Broken):
            raise self._stopped() from None
        if not isinstance(heard, dict):
            return heard
        if set(heard) & {"refused", "unreachable", "failed", "spent"}:
            self.close()
        if "refused" in heard:
            raise Refused(str(heard["refused"]))
        if "unreachable" in heard:
            raise OSError(*heard["unreachable"])
        if "spent" in heard:
            raise self._stopped()
        if "failed" in heard:
            # Where it failed says nothing of what is in the file, so it may be logged.
            _log.error("A reading process failed: %s", heard["failed"])
            raise Refused(
                f"{self._name} could not be read: something in it makes its reader fail; "
                "save the table alone as CSV and send that."
            )
        return heard

    def _stopped(self) -> Refused:
        self.close()
        return self._limits.spent(self._name)


class _Server:
    """The process that forks readers; started at the first file, it ends with us."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in SEEN if name in os.environ}
        # Numerical libraries start no threads of their own there, so forking is safe.
        environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment["ARROW_DEFAULT_MEMORY_POOL"] = "system"
        paths = json.dumps([str(Path(entry).absolute()) for entry in sys.path])
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", STARTED.format(theirs.fileno()), paths],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )

    def take(self, end: socket.socket) -> None:
        """Hand over one end of a socket to a reader that is forked for it; raises OSError."""
        socket.send_fds(self._control, [b"r"], [end.fileno()])

    def stop(self) -> None:
        """Let go of the server, which then ends by itself."""
        # To hear of its end takes less time than to ask for it again and again.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
            self._control.settimeout(STOP_SECONDS)
            self._control.recv(1)
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)


_ONE_AT_A_TIME = threading.Lock()
_server: _Server | None = None


def start_ahead() -> None:
    """Start the process that readers are forked from, while the caller still loads what it needs itself."""
    global _server
    # Where it cannot be started, the first file says so.
    with _ONE_AT_A_TIME, contextlib.suppress(OSError):
        _server = _server or _Server()


def _new_wire() -> Wire:
    """Return the wire to a reading process that was just forked."""
    global _server
    with _ONE_AT_A_TIME:
        # A server that has died is replaced, once.
        for _ in range(2):
            ours, theirs = socket.socketpair()
            if _server is None:
                _server = _Server()
            try:
                _server.take(theirs)
                theirs.close()
                wire = Wire(ours)
                wire.hear(READY_SECONDS)
                wire.waited = 0.0
                return wire
            except (OSError, Silent, Broken):
                ours.close()
                theirs.close()
                _server.stop()
                _server = None
    raise ReaderFault("No process could be started to read files in.")


@atexit.register
def _stop() -> None:
    if _server is not None:
        _server.stop()


def _forget() -> None:
    """Leave the server to the process that started it: this one was forked from it, perhaps amid a start."""
    global _server, _ONE_AT_A_TIME
    _server, _ONE_AT_A_TIME = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
