"""The examples of logging in docs/upstream.md, before and after, make the same version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import DOCS, examples_of
from tests.referee.official import run_official
from tests.referee.servers import serving
from tests.referee.world import USER
from typed_artifacts import Api

pytestmark = pytest.mark.referee


def test_both_ways_to_log_make_one_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = (example.text for example in examples_of(DOCS / "upstream.md"))
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    (work / "data").mkdir(parents=True)
    (work / "data" / "digits.csv").write_text("1,2\n")
    with serving(tmp_path / "root") as server:
        run_official("official_page", server.url, home, before, str(work))
        monkeypatch.chdir(work)
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", USER)
        with Api() as api:
            (logged,) = api.artifacts("dataset", "vision/mnist")
            exec(after, {})  # noqa: S102  # an example of our own page
            (kept,) = api.artifacts("dataset", "vision/mnist")
    assert (kept.id, set(kept.aliases), kept.metadata) == (
        logged.id,
        {"latest", "raw"},
        {"rows": 60000},
    )
