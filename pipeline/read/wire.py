"""What a reading process and its parent say to each other: frames of a kind, a length and a body.

Facts go as JSON and rows as Arrow: nothing that is unpickled, so a reader that a hostile file has taken over
can say wrong things but not run code here.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Facts go to and fro before Arrow is there.
    import pyarrow as pa

FACTS = b"f"
ROWS = b"r"

_HEAD = struct.Struct("!cQ")
# Rows of more bytes than this are sent in halves, and no reader of ours sends a longer frame.
LARGEST = 64 << 20
LONGEST = 1 << 30
# The system may allow less.
BUFFER = 4 << 20


class Silent(Exception):
    """The other side did not speak within the time it was given."""


class Broken(Exception):
    """The other side is gone, or speaks nonsense."""


class Wire:
    """One end of a socket that carries frames; `waited` is how many seconds were spent on listening."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        # Who sends a batch goes on with the next while this one is taken out.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.waited = 0.0

    def close(self) -> None:
        self._end.close()

    def tell(self, **facts: Any) -> None:
        """Send facts; raises Broken where nobody listens any more."""
        self._send(FACTS, json.dumps(facts).encode())

    def send(self, batch: pa.RecordBatch) -> None:
        """Send rows as an Arrow stream of their own, which dictionaries need not be agreed on for."""
        if batch.nbytes > LARGEST and batch.num_rows > 1:
            half = batch.num_rows // 2
            self.send(batch.slice(0, half))
            self.send(batch.slice(half))
            return
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        self._send(ROWS, sink.getvalue())

    def hear(self, seconds: float | None) -> dict[str, Any] | pa.RecordBatch:
        """Return the next facts or rows; raises Silent after `seconds` without them, and Broken."""
        began = time.monotonic()
        try:
            return self._hear(None if seconds is None else began + seconds)
        except TimeoutError:
            raise Silent from None
        except (OSError, ValueError) as error:
            raise Broken from error
        finally:
            self.waited += time.monotonic() - began

    def _hear(self, until: float | None) -> dict[str, Any] | pa.RecordBatch:
        kind, length = _HEAD.unpack(self._received(_HEAD.size, until))
        if kind not in (FACTS, ROWS) or length > LONGEST:
            raise Broken
        body = self._received(length, until)
        if kind == FACTS:
            facts = json.loads(body)
            if not isinstance(facts, dict):
                raise Broken
            return facts
        return _rows(body)

    def _received(self, length: int, until: float | None) -> bytearray:
        body = bytearray(length)
        view = memoryview(body)
        while view:
            if until is not None:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self._end.settimeout(left)
            else:
                self._end.settimeout(None)
            count = self._end.recv_into(view)
            if not count:
                raise Broken
            view = view[count:]
        return body

    def _send(self, kind: bytes, body: Any) -> None:
        try:
            self._end.settimeout(None)
            self._end.sendall(_HEAD.pack(kind, len(body)))
            self._end.sendall(body)
        except OSError as error:
            raise Broken from error


def _rows(body: bytearray) -> pa.RecordBatch:
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
            batch = stream.read_next_batch()
        batch.validate(full=True)
    except (OSError, ValueError, StopIteration, pa.ArrowException) as error:
        raise Broken from error
    return batch
