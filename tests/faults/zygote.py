"""A process that has everything loaded and forks one child for every run: a fault costs a run, not a start.

It reads a line of JSON for every request and answers with one: `python -m tests.faults.zygote FOLDER`. It does the
whole work once and then only waits, so that nothing of its own runs while it forks; each child does one step of the
work, meets its fault, and ends.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

AHEAD = (
    "ibis.backends.duckdb", "pandas", "pyarrow.parquet", "pyarrow.csv", "openpyxl", "pipeline.data_docs",
    "pipeline.denominators", "pipeline.gate", "pipeline.new_words", "pipeline.release", "pipeline.returned",
    "pipeline.returned.marked_export", "pipeline.again.standing", "pipeline.migrations", "transforms.withdraw",
)  # fmt: skip

# A run that takes longer than this hangs.
LONGEST = 240


def run(request: dict[str, Any], answer: int) -> None:
    """Do one step in this process, with its fault, and write how it went to a pipe."""
    from pipeline.home import Home
    from tests.faults.points import Points, watch
    from tests.faults.work import STEPS, moment, set_clock

    def tell(**words: Any) -> None:
        os.write(answer, (json.dumps(words) + "\n").encode())

    signal.alarm(LONGEST)
    home = Home.at(request["home"])
    os.environ["COLLATE_HOME"] = str(home.root)
    set_clock(moment(request["step"]) - timedelta(days=request.get("days_back", 0)))
    points = Points(home.root, request.get("fault", ""), request.get("at", -1), lambda said: tell(point=said))
    if request.get("watch") or points.fault:
        watch(points)
    if extra := request.get("memory"):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + extra, used + extra))
    time.sleep(request.get("waits", 0))
    try:
        STEPS[request["step"]](home)
    except BaseException as error:
        tell(ended=type(error).__name__, sentence=str(getattr(error, "sentence", error))[:300])
        os._exit(3)
    tell(ended="whole", points=points.passed)
    os._exit(0)


def fork(request: dict[str, Any]) -> tuple[int, int]:
    """Return the process id of a child that does a request, and where it tells of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        run(request, writing)
    finally:
        os._exit(4)


def answer_of(child: int, reading: int) -> dict[str, Any]:
    """Return what a child told, and how it ended: `status` is its exit code, or minus the signal that ended it."""
    with os.fdopen(reading) as pipe:
        lines = pipe.read().splitlines()
    _, status, used = os.wait4(child, 0)
    seconds = round(used.ru_utime + used.ru_stime, 2)
    said: dict[str, Any] = {"status": os.waitstatus_to_exitcode(status), "seconds": seconds}
    for line in lines:
        said |= json.loads(line)
    return said


def main() -> None:
    for name in AHEAD:
        import_module(name)
    from tests.faults.work import STEPS, deliver, settle_in

    office = settle_in(Path(sys.argv[1]))
    # Done once here, so that no child has to load or compile anything.
    for step in STEPS:
        deliver(office.home, step)
        STEPS[step](office.home)
    gc.collect()
    gc.freeze()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        children = [fork(request) for request in asked["runs"]]
        if (after := asked.get("kill_after")) is not None:
            time.sleep(after)
            os.kill(children[0][0], signal.SIGKILL)
        print(json.dumps([answer_of(*each) for each in children]), flush=True)


if __name__ == "__main__":
    main()
