"""The process side of `child.py`: a server that forks one bounded process a file.

The server reads no file itself, so each process begins as clean as the first. That one imports what it needs
while it reads; for those that follow the server has imported it. It needs Linux for the bound on memory; the
bound on processor time and the parent's on waiting hold everywhere.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import gc
import importlib
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.home import STALE_SECONDS
from pipeline.read.limits import Limits
from pipeline.read.opening import READERS
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused
from pipeline.read.wire import Broken, Wire

if TYPE_CHECKING:
    from pipeline.read.export import Export

FOLDER = "collate-"
# What the readers and their libraries take before they have read anything.
LIBRARIES_BYTES = 512 << 20


class _WithoutPandas:
    """Keeps Arrow from loading pandas, which it would only to ask whether a list is a pandas object."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def serve(control: int) -> None:
    """Fork a reader for every socket handed over, and end it once the other end of that socket is closed."""
    woken, waker = socket.socketpair()
    for each in (woken, waker):
        each.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno())
    sys.meta_path.insert(0, _WithoutPandas)
    # A reading process ends with its file, sooner than it would pay to look for what it no longer needs.
    gc.disable()
    # What a reader's threads call lets go of the lock for a moment, and should not wait long to have it back.
    sys.setswitchinterval(0.0005)
    _sweep()
    served = 0
    readers: dict[int, tuple[int, str]] = {}
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    poll.register(control, select.POLLIN)
    orders = socket.socket(fileno=control)
    try:
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == woken.fileno():
                    with contextlib.suppress(BlockingIOError):
                        woken.recv(4096)
                elif descriptor == control:
                    word, handed, _, _ = socket.recv_fds(orders, 1, 1)
                    if not word:
                        _end(readers)
                        # Our end of that socket closes at ours, and says so.
                        os._exit(0)
                    served += 1
                    if served == 2:
                        _import_readers()
                    readers[handed[0]] = _forked(handed[0])
                    # Only the hanging up of the other end is waited for.
                    poll.register(handed[0], 0)
                elif descriptor in readers:
                    os.kill(readers[descriptor][0], signal.SIGKILL)
                    poll.unregister(descriptor)
            _bury(readers, poll)
    finally:
        _end(readers)


def _import_readers() -> None:
    import pyarrow as pa

    for name in READERS:
        importlib.import_module(f"pipeline.read.{name}")
    pa.array([""])
    gc.freeze()


def _sweep() -> None:
    """Remove the working folders that servers which were killed left behind more than a day ago."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):
            if left.lstat().st_uid == os.getuid() and time.time() - left.lstat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left)


def _end(readers: dict[int, tuple[int, str]]) -> None:
    """Stop every reader, and leave nothing of theirs on the disk."""
    for process, scratch in readers.values():
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        shutil.rmtree(scratch, ignore_errors=True)


def _bury(readers: dict[int, tuple[int, str]], poll: select.poll) -> None:
    """Let go of every reader that has ended, and of what it left on the disk."""
    for descriptor, (process, scratch) in list(readers.items()):
        if os.waitpid(process, os.WNOHANG)[0]:
            with contextlib.suppress(KeyError):
                poll.unregister(descriptor)
            os.close(descriptor)
            shutil.rmtree(scratch, ignore_errors=True)
            del readers[descriptor]


def _forked(descriptor: int) -> tuple[int, str]:
    """Return the process that reads for a socket, and the folder that is its own."""
    scratch = tempfile.mkdtemp(prefix=f"{FOLDER}{os.getppid()}-")
    process = os.fork()
    if process:
        return process, scratch
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        end = os.dup2(descriptor, 3)
        # What a parser prints may hold a value.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        # No other file's socket, nor the server's own, is open here.
        os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.chdir(scratch)
        _answer(Wire(socket.socket(fileno=end)))
    finally:
        # Nothing that was registered for the server's end runs at this one.
        os._exit(0)


def _answer(wire: Wire) -> None:
    """Open the file asked for and send its rows once; every way it can fail is a fact sent back."""
    with contextlib.suppress(Broken):
        wire.tell(ready=True)
        try:
            asked = _facts(wire)
            limits = Limits(**asked["limits"])
            os.environ.update(limits.environment())
            _bound(limits)
            module, _, function = asked["opener"].partition(":")
            opener = getattr(importlib.import_module(module), function)
            path = Path(asked["path"])
            export: Export = opener(path, asked["form"], Reading(**asked["reading"]), asked["expected"])
            wire.tell(
                format=export.format,
                header_row=export.header_row,
                columns=export.columns,
                delimiter=export.delimiter,
                sheet=export.sheet,
                first_column=export.first_column,
                **_learnt(export),
            )
            asked = _facts(wire)
            import pyarrow as pa

            schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(asked["schema"])))
            for batch in export._afresh(asked["columns"], schema):
                wire.send(batch)
            wire.tell(
                sums=vars(export.sums),
                refusals=[astuple(refusal) for refusal in export.refusals],
                **_learnt(export),
            )
            # What was read is let go of with the process, all at once.
            os._exit(0)
        except Broken:
            raise
        except Refused as refused:
            wire.tell(refused=refused.sentence)
        except (MemoryError, RecursionError):
            wire.tell(spent=True)
        except OSError as error:
            if error.errno == errno.ENOMEM:
                wire.tell(spent=True)
            elif error.errno in (None, errno.EINVAL):
                # What a parser says of a file, or a place where none can be: not a disk that fails.
                wire.tell(failed=_place(error))
            else:
                wire.tell(unreachable=[error.errno, error.strerror or type(error).__name__])
        except BaseException as error:
            # A panic in a parser written in Rust is no Exception.
            wire.tell(failed=_place(error))


def _facts(wire: Wire) -> dict[str, Any]:
    heard = wire.hear(None)
    if not isinstance(heard, dict):
        raise Broken
    return heard


def _learnt(export: Export) -> dict[str, Any]:
    return {"encoding": export.encoding, "noticed": [astuple(noticed) for noticed in export.noticed]}


def _place(error: BaseException) -> str:
    """Return what kind of error it is and where it was raised; its own words may hold a value."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return f"{type(error).__name__} at {' < '.join(reversed(places))}"


def _bound(limits: Limits) -> None:
    """Bound what this process may use from here on."""
    # A core file would hold the victims' data.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    # Whatever unpacks counts for itself, and says what is wrong; this holds what does not.
    largest = 2 * limits.expanded_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = max(pages * resource.getpagesize(), LIBRARIES_BYTES) + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
