"""Interrupts and alarms at any moment: they reach the caller, and the next request works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.served import Served, serving
from tests.processes.running import run_python
from typed_artifacts import Api

# After seconds without an end, the program shows where its threads are, and fails.
START = """
import faulthandler, os, random, signal, sys
from typed_artifacts import Api

url, key, what, times = sys.argv[1:5]
faulthandler.dump_traceback_later(20, exit=True)
api = Api(base_url=url, api_key=key, entity="local")
file = next(iter(api.artifact("demo/interrupted:latest").files()))
content = b"0123456789" * 300

def ask():
    assert api.artifact("demo/interrupted:latest").version == "v0"

def fetch():
    assert file.read_bytes() == content

def read():
    with file.open() as stream:
        assert stream.read(10) == content[:10]
        assert stream.read() == content[10:]

def download():
    file.download(os.getcwd(), replace=True)

work = {"ask": ask, "fetch": fetch, "read": read, "download": download}[what]

def works():
    ask()
    fetch()
    read()
    faulthandler.dump_traceback_later(20, exit=True)

works()
sockets = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
"""

END = """
if sockets is not None:
    assert len(os.listdir("/proc/self/fd")) < sockets + 20
print(came)
"""

# Interrupts where a lock has just been taken, one such place after the other.
AT_LOCKS = (
    START
    + """
came = 0
for number in range(int(times)):
    left = number

    def trace(frame, event, arg):
        global left
        if event == "return" and frame.f_code.co_name == "__enter__":
            module = frame.f_globals.get("__name__", "")
            if module.partition(".")[0] in {"httpcore", "threading", "urllib3", "queue"}:
                left -= 1
                if left == -1:
                    raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        came += 1
    finally:
        sys.settrace(None)
    works()
"""
    + END
)

AT_RANDOM = (
    START
    + """
raised = {"KeyboardInterrupt": KeyboardInterrupt, "TimeoutError": TimeoutError}[sys.argv[5]]
came = fired = dropped = 0

def interrupt(number, frame):
    global fired
    fired += 1
    raise raised("the time is up")

def note(told):
    # Python tells of an interrupt in a weak reference's callback, and drops it.
    global dropped
    if told.exc_type is raised:
        dropped += 1
    else:
        sys.__unraisablehook__(told)

signal.signal(signal.SIGALRM, interrupt)
sys.unraisablehook = note
while came < int(times):
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0002, 0.015))
        # An interrupt that was dropped: then the timer has run out.
        while signal.getitimer(signal.ITIMER_REAL)[0]:
            work()
    except raised as error:
        assert str(error) == "the time is up", error
        came += 1
    try:
        works()
    except raised:  # its timer had run out, and another thread was told first
        came += 1
        works()
# io.BufferedReader drops what comes while it asks a file that it is made of for its position.
assert 0 <= fired - came - dropped <= 1 + fired // 100, (fired, came, dropped)
"""
    + END
)

WAYS = pytest.mark.parametrize("what", ["ask", "fetch", "read", "download"])
# What a time limit raises is no failure of a request, whatever its type.
KINDS = pytest.mark.parametrize("kind", ["KeyboardInterrupt", "TimeoutError"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            files = {"f": b"0123456789" * 300}
            api.log_artifact("demo/interrupted", type="dataset", files=files)
        yield served


@pytest.mark.long
@WAYS
def test_interrupted_where_a_lock_is_taken(served: Served, tmp_path: Path, what: str) -> None:
    run_python(AT_LOCKS, tmp_path, served.url, served.key, what, "6")


@WAYS
@KINDS
@pytest.mark.long
def test_interrupted_at_random_moments(
    served: Served, tmp_path: Path, what: str, kind: str
) -> None:
    came = run_python(AT_RANDOM, tmp_path, served.url, served.key, what, "40", kind)
    assert int(came) >= 40


@WAYS
@KINDS
@pytest.mark.soak
def test_interrupted_for_minutes(served: Served, tmp_path: Path, what: str, kind: str) -> None:
    came = run_python(AT_RANDOM, tmp_path, served.url, served.key, what, "1500", kind)
    assert int(came) >= 1500
