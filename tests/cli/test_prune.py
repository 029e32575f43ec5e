"""`typed-artifacts prune`: it shows, asks, and deletes; or it plans, and applies later."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import command_on
from tests.network.serving import KEY, http_registry
from typed_artifacts import Api, PruneOutcome, PrunePlan, PruneReport
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    with Registry(folder) as registry, registry.batch():
        for number in range(5):
            registry.log_version(
                "local/p/data", type="dataset", files={"a": f"{number}" * 1000}, ttl=None
            )
        registry.log_version("local/p/net", type="model", files={"a": "1"}, tags=["gold"])
    return folder


def run(root: Path, *arguments: str, answer: str | None = None) -> tuple[int, str, str]:
    return command_on(root)("prune", *arguments, answer=answer)


def left(root: Path) -> list[str]:
    with Api.local(root) as api:
        return [each.version for each in api.artifacts("dataset", "p/data")]


def test_it_shows_and_asks(root: Path) -> None:
    code, out, err = run(root, "local/p", "--keep-last", "3", answer="n\n")
    assert code == 1
    assert "data:v1" in out
    assert "2 versions to delete, 4 versions to keep; frees 2 kB" in " ".join(out.split())
    assert "Delete these 2 versions? [y/N]" in err
    assert "Nothing was deleted" in err
    assert len(left(root)) == 5
    code, out, err = run(root, "local/p", "--keep-last", "3", answer=" Yes \n")
    assert code == 0
    assert "2 versions deleted; freed 2 kB." in out
    assert left(root) == ["v4", "v3", "v2"]
    code, out, _ = run(root, "local/p", "--keep-last", "3")
    assert (code, out) == (0, "local/p: nothing to do, 4 versions to keep; frees 0 B.\n")


def test_a_plan_is_written_and_applied(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    code, out, _ = run(root, "local/p", "--plan", str(file))
    assert (code, out) == (
        0,
        "local/p: 4 versions to delete, 2 versions to keep; frees 4 kB.\n"
        f"The plan is in {file}; `typed-artifacts prune --apply {file} --registry {root}` carries "
        "it out.\n",
    )
    assert len(left(root)) == 5
    code, out, _ = run(root, "--apply", str(file), "--json")
    assert code == 0
    assert json.loads(out) == {
        "done": ["data:v0", "data:v1", "data:v2", "data:v3"],
        "gone": [],
        "changed": {},
        "failed": {},
        "dropped": [],
        "freed": 4000,
    }
    assert (tmp_path / "p.jsonl.journal").is_file()
    code, out, _ = run(root, "--apply", str(file))
    assert (code, out) == (0, "4 versions deleted; freed 4 kB.\n")  # as its journal has it
    assert left(root) == ["v4"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("n\n", "Nothing was changed."),
        ("", "Nothing was changed: nobody answered. --yes goes on without asking."),
    ],
)
def test_where_nothing_was_to_be_deleted_nothing_was_changed(
    root: Path, answer: str, words: str
) -> None:
    arguments = ("local/p", "--keep-last", "3", "--ttl", "30d")
    code, _, err = run(root, *arguments, answer=answer)
    assert code == 1
    assert words in err
    assert "delete" not in err


def test_every_rule_has_an_option(root: Path, tmp_path: Path) -> None:
    code, out, _ = run(
        root,
        *("local/p", "--keep-last", "0", "--ignore-aliases", "--ignore-uses", "--keep-tag", "g*"),
        *("--older-than", "0s", "--json", "--plan", str(tmp_path / "p")),
    )
    assert code == 2  # a time of no length
    code, out, _ = run(
        root,
        *("local/p", "--keep-last", "0", "--ignore-aliases", "--ignore-uses", "--keep-tag", "g*"),
        *("--filter", '{"size": 1000}', "--rough", "--json", "--plan", str(tmp_path / "p")),
    )
    assert code == 0
    assert json.loads(out) | {"plan": ""} == {
        "plan": "",
        "delete": 5,
        "unlink": 0,
        "expire": 0,
        "keep": 1,
        "frees": 5000,
    }
    for more in (("--older-than", "4w"), ("--type", "model"), ("--keep-alias", "latest")):
        code, out, _ = run(root, "local/p", *more, "--plan", str(tmp_path / "p"), "--json")
        assert code == 0
        assert json.loads(out)["delete"] == (4 if "latest" in more else 0)


def test_json_says_the_same_where_nothing_goes(root: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    code, out, err = run(root, "local/p", "--keep-last", "9", "--json", "--journal", str(journal))
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "done": [],
        "gone": [],
        "changed": {},
        "failed": {},
        "dropped": [],
        "freed": 0,
    }
    assert not journal.exists()


def planned(root: Path, tmp_path: Path, *options: str) -> dict[str, int]:
    bare = ("local/p", "--keep-last", "0", "--ignore-aliases", "--json")
    code, out, _ = run(root, *bare, *options, "--plan", str(tmp_path / "p"))
    assert code == 0
    found: dict[str, int] = json.loads(out)
    return found


def test_each_rule_keeps_something_of_its_own(root: Path, tmp_path: Path) -> None:
    old = datetime.now(UTC) - timedelta(days=10)
    with Registry(root) as registry:
        registry.use("local/p/train", "local/p/data:v0")
        registry.log_version("local/p/old", type="dataset", files={"a": "o"}, created_at=old)
    assert planned(root, tmp_path)["delete"] == 6
    assert planned(root, tmp_path, "--ignore-uses")["delete"] == 7
    assert planned(root, tmp_path, "--keep-tag", "g*")["delete"] == 5
    assert planned(root, tmp_path, "--older-than", "1w")["delete"] == 1
    assert planned(root, tmp_path, "--older-than", "2w")["delete"] == 0


def test_any_alias_keeps_a_version_and_other_collections_are_left(
    root: Path, tmp_path: Path
) -> None:
    with Registry(root) as registry:
        registry.log_version("local/p/more", type="dataset", files={"a": "0"}, aliases=["best"])
        registry.log_version("local/p/more", type="dataset", files={"a": "1"})

    def going(*rules: str) -> int:
        plan = ("--plan", str(tmp_path / "p"), "--json")
        code, out, _ = run(root, "local/p", "--collection", "more", *rules, *plan)
        assert code == 0
        count: int = json.loads(out)["delete"]
        return count

    assert [going(), going("--keep-alias", "b*"), going("--keep-alias", "x")] == [0, 0, 1]
    assert going("--ignore-aliases") == 1


@pytest.mark.parametrize(
    "span", ["30dd", "1d ", "0d", "100001w", "1 w", "d", "-1d", "1.5d", "100000w"]
)
def test_a_span_is_a_number_and_a_unit(root: Path, span: str) -> None:
    code, _, err = run(root, "local/p", "--older-than", span)
    taken = span in {"1d ", "1 w", "100000w"}
    assert (code, "it must be such as 30d" in err) == ((0, False) if taken else (2, True))


@pytest.mark.parametrize(
    ("span", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("90m", timedelta(minutes=90)),
        ("36h", timedelta(hours=36)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("36500d", timedelta(days=36_500)),
    ],
)
def test_a_span_is_as_long_as_its_unit_says(root: Path, span: str, length: timedelta) -> None:
    assert run(root, "local/p", "--ttl", span, "--keep-last", "4", "--yes")[0] == 0
    with Api.local(root) as api:
        assert [api.artifact(f"p/data:v{number}").ttl for number in (0, 1)] == [length, None]
    assert run(root, "local/p", "--ttl", "36501d")[0] == 2


def test_one_version_is_this_version(root: Path) -> None:
    *_, err = run(root, "local/p", "--keep-last", "4", answer="n\n")
    assert err.startswith("Delete this version? [y/N] ")


def test_the_next_command_can_be_copied(root: Path, tmp_path: Path) -> None:
    """A path with a space was two arguments."""
    file = tmp_path / "the plan"
    out = run(root, "local/p", "--plan", str(file))[1]
    command = re.search("`typed-artifacts prune (.*)`", out)
    assert command
    assert shlex.split(command[1]) == ["--apply", str(file), "--registry", str(root)]


def test_files_that_stay_are_counted_unless_roughly(root: Path, tmp_path: Path) -> None:
    with Registry(root) as registry:
        registry.log_version(
            "local/p/twin", type="dataset", files={"a": "0" * 1000, "b": "1"}, tags=["gold"]
        )
    kept = ("--keep-tag", "gold", "--collection", "data")
    assert planned(root, tmp_path, *kept)["frees"] == 4000
    assert planned(root, tmp_path, *kept, "--rough")["frees"] == 5000


def test_the_journal_is_where_it_is_named(root: Path, tmp_path: Path) -> None:
    file, journal = tmp_path / "p.jsonl", tmp_path / "done"
    run(root, "local/p", "--plan", str(file))
    assert run(root, "--apply", str(file), "--journal", str(journal))[0] == 0
    assert len(journal.read_text().splitlines()) == 1 + 4
    assert not (tmp_path / "p.jsonl.journal").exists()


def test_what_failed_is_said_and_is_the_exit_code(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[object, object]] = []

    def apply(plan: PrunePlan, _: Api, **options: object) -> PruneReport:
        given.append((options["pace"], options["drop_empty"]))
        return PruneReport((PruneOutcome(plan.going[0], "failed", "the server is tired"),))

    monkeypatch.setattr(PrunePlan, "apply", apply)
    file = tmp_path / "p.jsonl"
    run(root, "local/p", "--plan", str(file))
    code, _, err = run(root, "--apply", str(file), "--pace", "5")
    assert (code, "data:v0: the server is tired" in err) == (1, True)
    code, out, _ = run(root, "local/p", "--yes", "--json", "--drop-empty")
    assert (code, json.loads(out)["failed"]) == (1, {"data:v0": "the server is tired"})
    assert given == [(5, False), (None, True)]


def test_a_time_to_live(root: Path) -> None:
    code, out, err = run(root, "local/p", "--ttl", "30d", "--collection", "data", answer="y\n")
    assert code == 0
    assert "Give these 4 versions a time to live?" in err
    assert "4 versions with a time to live" in out


def test_empty_collections_are_dropped_on_request(root: Path) -> None:
    code, out, _ = run(
        root,
        *("local/p", "--keep-last", "0", "--ignore-aliases", "--type", "dataset"),
        *("--drop-empty", "--yes", "--pace", "1000"),
    )
    assert code == 0
    assert "1 empty collection dropped" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a project"),
        (["p", "--apply", "x"], "leave the rest out"),
        (["--apply", "x", "--plan", "y"], "leave the rest out"),
        (["p", "--older-than", "month"], "30d, 12h"),
        (["p", "--ttl", "x"], "30d, 12h"),
        (["p", "--filter", "{"], "no JSON"),
        (["p", "--filter", "[]"], "JSON object"),
        (["p", "--filter", '{"a":' * 100_000], "nested too deeply"),
        (["p", "--filter", f'{{"a": {"9" * 5000}}}'], "too many digits"),
    ],
)
def test_wrong_usage(root: Path, arguments: list[str], said: str) -> None:
    code, out, err = run(root, *arguments)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--apply", "/nowhere/plan"], "could not be read"), (["local/none"], "no project")],
)
def test_mistakes_are_a_line(root: Path, arguments: list[str], said: str) -> None:
    code, out, err = run(root, *arguments)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.each(3)
@pytest.mark.parametrize(
    "rule",
    [
        *("--keep-last 0", "--keep-alias x", "--ignore-aliases", "--keep-tag gold"),
        *("--ignore-uses", "--older-than 1d", "--filter {}", "--type model", "--collection net"),
        *("--ttl 3d", "--rough"),
    ],
)
def test_a_rule_beside_a_plan_is_refused(root: Path, tmp_path: Path, rule: str) -> None:
    file = tmp_path / "p.jsonl"
    assert run(root, "local/p", "--plan", str(file))[0] == 0
    code, out, err = run(root, "--apply", str(file), "--yes", *rule.split())
    assert (code, out) == (2, "")
    assert f"leave {rule.partition(' ')[0]} out" in err
    assert len(left(root)) == 5


@pytest.mark.each(3)
@pytest.mark.parametrize("option", ["--drop-empty", "--journal j", "--pace 2"])
def test_what_only_applying_heeds_is_refused_beside_plan(
    root: Path, tmp_path: Path, option: str
) -> None:
    file = tmp_path / "p.jsonl"
    code, out, err = run(root, "local/p", "--plan", str(file), *option.split())
    assert (code, out) == (2, "")
    name = option.partition(" ")[0]
    assert f"--plan only writes the plan: give {name} to --apply instead." in err
    assert not file.exists()


def test_aliases_either_keep_or_do_not(root: Path) -> None:
    code, out, err = run(root, "local/p", "--yes", "--keep-alias", "latest", "--ignore-aliases")
    assert (code, out) == (2, "")
    assert "--keep-alias and --ignore-aliases exclude each other" in err
    assert len(left(root)) == 5


@pytest.mark.parametrize("width", [20, 40, 60])
def test_names_are_whole_at_any_width(
    root: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = run(root, "local/p", "--keep-last", "3", answer="n\n")
    assert code == 1
    assert "data:v0" in out
    assert "data:v1" in out
    assert "delete" in out
    assert max(len(line) for line in out.splitlines() if "to delete" not in line) <= width
    assert "frees 2 kB" in " ".join(out.split())
    assert ("--plan has all of it" in " ".join(out.split())) is (width < 60)


def test_the_command_that_applies_a_plan_names_the_server(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    given = ["prune", "local/p", "--plan", str(file)]
    suggested = f"`typed-artifacts prune --apply {file} "
    result = CliRunner().invoke(app, [*given, "--registry", str(root)])
    assert f"{suggested}--registry {root}`" in result.stdout
    result = CliRunner(env={"TYPED_ARTIFACTS_ROOT": str(root)}).invoke(app, given)
    assert f"{suggested.rstrip()}`" in result.stdout
    with http_registry(root) as port:
        url = f"http://127.0.0.1:{port}"
        runner = CliRunner(env={"WANDB_API_KEY": KEY})
        result = runner.invoke(app, [*given, "--base-url", url])
    assert f"{suggested}--base-url {url}`" in result.stdout
