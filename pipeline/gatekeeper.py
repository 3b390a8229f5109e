"""The gate of a drop in a process of its own: Great Expectations takes seconds to load, and does so there, meanwhile.

The process is started with the first drop, loads its library while the file is read, and looks at the accepted records
while the findings are put into words. It is asked and answers in JSON, a line each. Where it cannot be had, or ends
before it has answered, the same gate is run here: a drop is never let through unlooked at.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.home import Home

if TYPE_CHECKING:
    from pipeline.gate import GateResult

# What the process may see of our environment: no key, no password.
SEEN = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "HOME")
STARTED = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pipeline import gatekeeper; gatekeeper.serve()"
# The file is read first: the gate takes what that leaves of the machine.
NICE = 5

_log = logging.getLogger(__name__)


class Question:
    """What was asked of the gate about one drop; `answer` waits for what it says."""

    def __init__(self, keeper: Gatekeeper, number: int, asked: dict[str, Any]) -> None:
        self._keeper = keeper
        self._number = number
        self._asked = asked

    def of(self, accepted: Path, drop_id: str) -> bool:
        """Return whether this is the question about these records."""
        known = (self._asked["accepted"], self._asked["drop_id"])
        return known == (str(accepted.absolute()), drop_id)

    def answer(self) -> GateResult:
        """Return what Great Expectations says.

        Raises GateFailed where a rule that holds rows is broken by a record that was accepted.
        """
        from pipeline.gate import GateFailed, GateResult

        said = self._keeper.hear(self._number)
        if said is None or "fault" in said:
            _log.warning("the gate's process did not answer (%s); looked at here", (said or {}).get("fault"))
            return look(self._asked)
        if "failed" in said:
            raise GateFailed(said["failed"])
        failed = tuple((rule, severity, count) for rule, severity, count in said["failed_rules"])
        return GateResult(True, said["covered"], said["rows"], failed, said["seconds"], Path(said["docs"]))


class Gatekeeper:
    """The gate's process, started when it is made; it ends with us."""

    def __init__(self) -> None:
        self._asked = 0
        self._heard: dict[int, dict[str, Any]] = {}
        self._lock = Lock()
        self._open: Question | None = None
        environment = {name: os.environ[name] for name in SEEN if name in os.environ}
        self._process: subprocess.Popen[str] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", STARTED, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                text=True,
            )
        except OSError as fault:
            _log.warning("the gate's process could not be started: %s", type(fault).__name__)
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask(
        self,
        accepted: Path,
        home: Home,
        force_id: str,
        book: str,
        drop_id: str,
        as_of: date,
        waived: Collection[str] = (),
    ) -> Question:
        """Ask what the gate says of a drop's accepted records, which must stay where they are until it answers.

        What has been asked already is not asked again.
        """
        with self._lock:
            if self._open is not None and self._open.of(accepted, drop_id):
                return self._open
            self._asked += 1
            asked = {
                "number": self._asked,
                "accepted": str(accepted.absolute()),
                "home": str(home.root.absolute()),
                "force_id": force_id,
                "book": book,
                "drop_id": drop_id,
                "as_of": as_of.isoformat(),
                "waived": sorted(waived),
            }
            if self._process is not None and self._process.stdin is not None:
                try:
                    self._process.stdin.write(json.dumps(asked) + "\n")
                    self._process.stdin.flush()
                except (OSError, ValueError):
                    self.close()
            self._open = Question(self, self._asked, asked)
            return self._open

    def hear(self, number: int) -> dict[str, Any] | None:
        """Return the answer to a question by its number; None where the process is not there to give it."""
        with self._lock:
            while number not in self._heard:
                line = self._process.stdout.readline() if self._process and self._process.stdout else ""
                if not line:
                    self.close()
                    return None
                said = json.loads(line)
                self._heard[said["number"]] = said
            answer = self._heard.pop(number)
            self._open = None
            # What was asked earlier and not waited for is of no use to anybody.
            self._heard = {later: said for later, said in self._heard.items() if later > number}
            return answer

    def close(self) -> None:
        """End the process."""
        self._open = None
        atexit.unregister(self.close)
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    # What was still to be written was meant for a process that is gone.
                    continue


_keeper: list[Gatekeeper] = []


def gatekeeper() -> Gatekeeper:
    """Return the gate's process of this one, started if it is not there."""
    if not _keeper or not _keeper[0].alive:
        _keeper[:] = [Gatekeeper()]
    return _keeper[0]


def look(asked: dict[str, Any]) -> GateResult:
    """Return what the gate says to a question, in this process."""
    from pipeline.gate import gate_records

    return gate_records(
        Path(asked["accepted"]),
        Home(Path(asked["home"])),
        asked["force_id"],
        asked["book"],
        asked["drop_id"],
        date.fromisoformat(asked["as_of"]),
        waived=asked["waived"],
    )


def serve() -> None:
    """Answer questions from standard input until it ends. What libraries print goes nowhere."""
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from pipeline.gate import GateFailed, load

    load()
    for line in sys.stdin:
        asked = json.loads(line)
        said: dict[str, Any]
        try:
            result = look(asked)
            said = {name: value for name, value in asdict(result).items() if name not in ("passed", "failed")}
            said |= {"docs": str(result.docs), "failed_rules": list(result.failed)}
        except GateFailed as failed:
            said = {"failed": failed.sentence}
        except Exception as fault:
            # The one who asked looks again and meets the fault as it is.
            said = {"fault": type(fault).__name__}
        answers.write(json.dumps({"number": asked["number"], **said}) + "\n")
        answers.flush()
