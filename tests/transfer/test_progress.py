"""Progress of a transfer: nothing, a bar, a line, or calls of a function."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from tests.transfer.bucket import Bucket
from typed_artifacts._transfer import OnEvent, ProgressOption, TransferEvent, download, listener
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts.events import Finished, Started


def run(bucket: Bucket, source: Urllib3Source, root: Path, option: ProgressOption) -> None:
    entries = [bucket.put("a", b"x" * 3_000_000), bucket.put("b", b"y" * 500_000)]
    bucket.faults["a"] = ["corrupt"]
    with listener(option, "weights:v3") as on_event:
        download(entries, root, bucket.urls, source=source, on_event=on_event)


def not_installed(name: str) -> None:
    """What ``find_spec`` says of a package that is not there."""
    assert name == "rich"


def test_silent_by_default(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, capfd: pytest.CaptureFixture[str]
) -> None:
    run(bucket, source, tmp_path, option=False)
    assert capfd.readouterr() == ("", "")


def test_a_bar_on_stderr(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich")
    run(bucket, source, tmp_path, option=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "weights:v3" in err
    assert "3.5/3.5 MB" in err


def test_a_plain_line_without_rich(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("typed_artifacts._transfer.progress.find_spec", not_installed)
    run(bucket, source, tmp_path, option=True)
    assert capfd.readouterr() == ("", "weights:v3: 3.5 of 3.5 MB\n")


class Copied:
    """A stream that keeps what passes, and is the file that it writes to in everything else."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.passed = ""

    def write(self, text: str) -> int:
        self.passed += text
        return self._file.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def test_a_stream_that_stands_for_stderr_is_written_to(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As scripts have it that copy their output into a log."""
    monkeypatch.setattr("typed_artifacts._transfer.progress.find_spec", not_installed)
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as file:
        copied = Copied(file)
        monkeypatch.setattr(sys, "stderr", copied)
        run(bucket, source, tmp_path, option=True)
        file.seek(0)
        assert copied.passed == file.read() == "weights:v3: 3.5 of 3.5 MB\n"


def test_a_line_follows_what_others_have_written(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typed_artifacts._transfer.progress.find_spec", not_installed)
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stderr", file)
        file.write("before\n")
        run(bucket, source, tmp_path, option=True)
        file.write("after\n")
        file.seek(0)
        assert file.read() == "before\nweights:v3: 3.5 of 3.5 MB\nafter\n"


def test_a_plain_line_on_a_terminal_is_rewritten(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("typed_artifacts._transfer.progress.find_spec", not_installed)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run(bucket, source, tmp_path, option=True)
    assert capsys.readouterr().err.endswith("\rweights:v3: 3.5 of 3.5 MB\n")


def test_a_callable_gets_the_events(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    events: list[TransferEvent] = []
    listen: OnEvent = events.append
    run(bucket, source, tmp_path, option=listen)
    assert events[0] == Started(2, 3_500_000)
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.files, last.bytes, last.skipped) == (2, 3_500_000, 0)


LABEL = "[red]we\x1b[31mights[/red]"


@pytest.mark.parametrize("rich", [True, False])
def test_a_label_is_shown_and_not_obeyed(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    rich: bool,
) -> None:
    if not rich:
        monkeypatch.setattr("typed_artifacts._transfer.progress.find_spec", not_installed)
    with listener(option=True, label=LABEL) as on_event:
        download([bucket.put("a", b"1")], tmp_path, bucket.urls, source=source, on_event=on_event)
    assert r"[red]we\x1b[31mights[/red]" in capfd.readouterr().err


def test_where_there_is_no_stderr_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with listener(option=True, label="weights") as on_event:
        assert on_event is None


_BASH = shutil.which("bash")
_ENDS_WELL = """
import asyncio, sys
from typed_artifacts import Api, AsyncApi

async def again(root: str) -> None:
    async with AsyncApi.local(root) as api:
        await (await api.artifact("demo/c:latest")).download(root + "/two", progress=True)

if sys.argv[2] != "rich":
    import typed_artifacts._retention.progress as plans
    import typed_artifacts._transfer.progress as transfers
    transfers.find_spec = plans.find_spec = lambda name: None
with Api.local(sys.argv[1]) as api:
    made = api.log_artifact("demo/c", type="d", files={"a": b"1" * 1000}, progress=True)
    api.log_artifact("demo/c", type="d", files={"a": b"2" * 1000}, progress=True)
    made.download(sys.argv[1] + "/one", progress=True)
    asyncio.run(again(sys.argv[1]))
    api.plan_prune("demo", keep_last=0, keep_aliases=()).apply(api, progress=True)
    print("all is done")
"""


@pytest.mark.each(3)
@pytest.mark.skipif(
    not (_BASH and Path("/dev/full").exists()), reason="needs bash and a full device"
)
@pytest.mark.parametrize("shown_by", ["rich", pytest.param("ourselves", marks=pytest.mark.long)])
@pytest.mark.parametrize("fault", ["full", "no reader", "closed"])
@pytest.mark.parametrize("unbuffered", ["", pytest.param("1", marks=pytest.mark.long)])
def test_that_nobody_can_see_it_is_no_error(
    tmp_path: Path, fault: str, shown_by: str, unbuffered: str
) -> None:
    """A version was committed, and the call failed; rich ended the program at a broken pipe."""
    redirected = {"full": "2>/dev/full", "no reader": "2> >(exec true)", "closed": "2>&-"}[fault]
    command = shlex.join([sys.executable, "-c", _ENDS_WELL, str(tmp_path), shown_by])
    done = subprocess.run(
        [_BASH or "", "-c", f"{command} {redirected}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert (done.returncode, done.stdout) == (0, "all is done\n")
