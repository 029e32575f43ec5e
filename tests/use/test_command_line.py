"""Common uses and mistakes at the command line, with keys and addresses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from tests.artifacts.served import Served
from tests.artifacts.wire import Wire
from tests.cli.conftest import Run
from tests.client.flavours import Flavour
from typed_artifacts import Api, AsyncApi, AuthenticationError, GraphQLError, InvalidInput
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry
from typed_artifacts.settings import resolve

KEY = "k" * 40
MODEL = "local/demo/모델"
LONG = "local/demo/" + "a-rather-long-name-for-a-collection-" * 2 + "of-models"


@pytest.fixture
def shelf(wire: Wire) -> Registry:
    """A few versions with names, aliases and words of all lengths."""
    registry = wire.server.registry
    words = "What the search engine runs, told in a few more words than needed."
    with registry.batch():
        for path in (MODEL, LONG):
            for number in range(3):
                registry.log_version(
                    path,
                    type="model",
                    files={"weights/모델.bin": bytes([number])},
                    aliases=[f"candidate-{number}", "chosen-by-the-committee"],
                    tags=["reviewed", "with-a-tag-of-some-length"],
                    description=words,
                )
        registry.describe_collection(MODEL, description="정확도 and other words", tags=["한국어"])
    return registry


# -- characters ------------------------------------------------------------------------------------


@pytest.mark.each(5)
@pytest.mark.parametrize("charset", ["cp1252", "ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize(
    "words",
    [
        ["versions", MODEL],
        ["collections", "local/demo"],
        ["files", MODEL],
        ["show", MODEL],
        ["tag", MODEL, "--add", "new"],
        ["alias", f"{MODEL}:v0", "--add", "newest"],
        ["link", MODEL, "local/demo/선반"],
        ["download", MODEL, "{folder}/내려받기"],
        ["delete", f"{MODEL}:v0", "--yes", "--delete-aliases"],
    ],
    ids=lambda words: words[0],
)
def test_no_character_set_fails_a_command_that_did_its_work(
    shelf: Registry, tmp_path: Path, charset: str, words: list[str]
) -> None:
    words = [word.replace("{folder}", str(tmp_path)) for word in words]
    runner = CliRunner(charset=charset)
    result = runner.invoke(app, [*words, "--root", str(shelf.root)])
    assert (result.exit_code, result.exception) == (0, None)
    shown = MODEL.rpartition("/")[2]
    if words[0] not in {"files", "link"}:
        escaped = shown.encode(charset, "backslashreplace").decode(charset)
        assert escaped in result.stdout
    assert "Traceback" not in result.output


def _command(
    served: Served, arguments: list[str | bytes], **environment: str
) -> subprocess.CompletedProcess[bytes]:
    known = os.environ | {"WANDB_BASE_URL": served.url, "WANDB_API_KEY": served.key}
    return subprocess.run(
        [sys.executable, "-m", "typed_artifacts", *arguments],
        env=known | environment,
        capture_output=True,
        check=False,
        timeout=120,
    )


LOCALES = {
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C"},
    "C-without-UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.each(3)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_log_in_another_character_set_is_no_failure(
    served: Served, tmp_path: Path, locale: str
) -> None:
    (tmp_path / "w.bin").write_bytes(locale.encode())
    path = f"local/{locale}/모델"
    done = _command(
        served, ["log", path, str(tmp_path / "w.bin"), "--type", "model"], **LOCALES[locale]
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.fullmatch(rb"local/[\w-]+/[^\n]+:v0: 1 file, \d+ B\n", done.stdout)
    with Api(base_url=served.url, api_key=served.key) as api:
        assert api.artifact_exists(path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_folder_whose_name_is_no_text_can_be_written_to(served: Served, tmp_path: Path) -> None:
    path, folder = "local/surrogates/notes", os.fsencode(tmp_path) + b"/caf\xe9"
    with Api(base_url=served.url, api_key=served.key) as api:
        made = api.log_artifact(path, type="x", files={"w.bin": b"1"})
        done = _command(served, ["download", path, folder], PYTHONUTF8="1")
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"caf\udce9" in done.stdout
        assert os.listdir(folder) == [b"w.bin"]  # noqa: PTH208 -- of bytes
        assert made.verify(os.fsdecode(folder)).ok


# -- tables ----------------------------------------------------------------------------------------


@pytest.mark.each(4)
@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
@pytest.mark.parametrize("listing", ["versions", "collections", "files", "types", "doctor"])
def test_a_table_fits_and_says_what_went(
    run: Run, monkeypatch: pytest.MonkeyPatch, width: int, listing: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    words = {
        "versions": ["versions", MODEL],
        "collections": ["collections", "local/demo"],
        "files": ["files", MODEL],
        "types": ["types", "local/demo"],
        "doctor": ["doctor"],
    }[listing]
    code, out, _ = run(*words)
    assert code == 0
    sentences = 1 if listing == "doctor" else 0  # a terminal breaks it, a program need not
    assert max(cell_len(line.rstrip()) for line in out.splitlines()[sentences:]) <= width
    for name in {"versions": ["모델:v0", "모델:v2"], "files": ["weights/모델.bin"]}.get(
        listing, []
    ):
        assert name in out
    if width <= 60 and listing not in {"types", "doctor"}:
        assert f"Too wide for {width} columns, and left out: " in " ".join(out.split())


def test_a_name_that_is_wider_than_the_screen_has_an_ellipsis_and_keeps_its_end(
    run: Run, shelf: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = run("versions", LONG)
    names = [line.split()[0] for line in out.splitlines() if ":v" in line]
    assert [name[-3:] for name in names] == [":v2", ":v1", ":v0"]
    assert all("…" in name and name.startswith("a-rather") for name in names)
    result = CliRunner(charset="ascii").invoke(app, ["versions", LONG, "--root", str(shelf.root)])
    assert all("..." in line for line in result.stdout.splitlines() if ":v" in line)


@pytest.mark.usefixtures("shelf")
def test_less_important_columns_go_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    headings: dict[int, list[str]] = {}
    for width in (200, 90, 60, 40, 30):
        monkeypatch.setenv("COLUMNS", str(width))
        out = run("versions", MODEL)[1]
        headings[width] = re.split(r"\s{2,}", out.splitlines()[0].strip())
        said = re.search(r"left out: ([^.]+)\.", " ".join(out.split()))
        left = [] if said is None else said[1].split(", ")
        assert sorted([*headings[width], *left]) == sorted(headings[200])
    assert headings[30] == ["name", "aliases"]
    assert headings[60] == ["name", "aliases", "created at"]
    assert headings[200] == [
        "name",
        "aliases",
        "tags",
        "created at",
        "file count",
        "size",
        "description",
    ]


@pytest.mark.usefixtures("shelf")
def test_a_file_gets_the_whole_table(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the output is no terminal, and nobody says how wide it is."""
    monkeypatch.delenv("COLUMNS", raising=False)
    out = run("versions", LONG)[1]
    assert f"{LONG.rpartition('/')[2]}:v2" in out
    assert "left out" not in out


# -- what is not installed -------------------------------------------------------------------------

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""
LOCAL = ["ariadne", "graphql", "sqlalchemy", "starlette", "uvicorn"]
CLI = ["typer", "rich"]


def _without(absent: list[str], code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(absent=absent) + code],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "code",
    [
        "from typed_artifacts.local import Registry",
        "import typed_artifacts.local",
        "from typed_artifacts import Api\nApi.local()",
        "from typed_artifacts import AsyncApi\nAsyncApi.local('shelf')",
    ],
)
def test_the_embedded_server_without_its_extra_is_one_sentence(code: str, tmp_path: Path) -> None:
    done = _without(LOCAL, code, tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("typed_artifacts.errors.ExtraNotInstalled: The embedded server needs")
    assert last.endswith('which is not installed: pip install "typed-artifacts[local]".')
    assert "No module named" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_each_example_of_the_readme_works_or_says_what_to_install(tmp_path: Path) -> None:
    examples = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert examples
    for example in examples:
        done = _without(LOCAL + CLI, example, tmp_path)
        assert done.returncode == 0 or done.stderr.rstrip().endswith(
            'pip install "typed-artifacts[local]".'
        )


COMMAND = "import sys\nsys.argv[1:] = {words!r}\nfrom typed_artifacts.cli import main\nmain()"


@pytest.mark.each(3)
@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["key", "add", "me"],
        ["demo"],
        ["versions", "a", "--root", "."],
        ["doctor", "--root", "."],
    ],
    ids=" ".join,
)
def test_a_command_without_the_embedded_server_is_one_sentence(
    words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "registry.db").touch()
    done = _without(LOCAL, COMMAND.format(words=words), tmp_path)
    assert done.returncode in {1, 2}
    assert re.fullmatch(
        r"typed-artifacts: The embedded server needs the package \w+, which is not installed: "
        r'pip install "typed-artifacts\[local\]"\.\n',
        done.stderr,
    )


def test_the_command_without_its_extra_is_one_sentence(tmp_path: Path) -> None:
    done = _without(CLI, COMMAND.format(words=["versions", "a"]), tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith('pip install "typed-artifacts[cli,local]".\n')
    assert done.stderr.count("\n") == 1


def test_the_command_needs_no_embedded_server(tmp_path: Path) -> None:
    done = _without(LOCAL, COMMAND.format(words=["--help"]), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_is_the_command_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "typed_artifacts", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.startswith("typed-artifacts ")


# -- what is told ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("shelf")
def test_a_version_with_aliases_is_not_deleted_and_the_option_is_named(run: Run) -> None:
    code, out, err = run("delete", f"{MODEL}:v2", "--yes")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "--delete-aliases" in err
    assert "candidate-2" in err
    assert "deleteAliases" not in err
    assert run("delete", f"{MODEL}:v2", "--yes", "--delete-aliases")[0] == 0


@pytest.mark.usefixtures("shelf")
async def test_a_version_with_aliases_names_the_argument(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{MODEL}:v2")
    with pytest.raises(
        GraphQLError, match=r"chosen-by-the-committee.*delete_aliases=True"
    ) as caught:
        await artifact.delete()
    assert caught.value.server_says
    await artifact.delete(delete_aliases=True)


async def test_aliases_that_only_a_link_has_are_told_too(api: AsyncApi, shelf: Registry) -> None:
    artifact = await api.artifact(f"{MODEL}:v0")
    artifact.aliases = []
    await artifact.save()
    shelf.link(f"{MODEL}:v0", "local/demo/shelf", aliases=["gold"])
    artifact = await api.artifact(f"{MODEL}:v0")
    with pytest.raises(GraphQLError, match=r"gold.*delete_aliases=True"):
        await artifact.delete()


@pytest.mark.usefixtures("shelf")
async def test_a_version_that_is_gone_is_not_refused_for_its_aliases(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{MODEL}:v2")
    await (await api.artifact(f"{MODEL}:v2")).delete(delete_aliases=True)
    with pytest.raises(GraphQLError, match=r"was deleted\. .* if that is why") as caught:
        await artifact.delete()
    assert "so the server did not delete it" not in str(caught.value)


@pytest.mark.usefixtures("shelf")
def test_doctor_writes_what_its_help_says(run: Run) -> None:
    assert "Write a JSON object" in CliRunner().invoke(app, ["doctor", "--help"]).stdout
    code, out, _ = run("doctor", "--json")
    assert code == 0
    assert isinstance(json.loads(out), dict)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    "words",
    [
        ["types", "local/demo"],
        ["collections", "local/demo"],
        ["versions", MODEL],
        ["files", MODEL],
        ["show", MODEL],
        ["tag", MODEL, "--add", "x"],
        ["verify", MODEL, "{folder}"],
        ["download", MODEL, "{folder}"],
        ["doctor"],
    ],
    ids=lambda words: words[0],
)
def test_json_is_what_each_help_says(run: Run, tmp_path: Path, words: list[str]) -> None:
    told = CliRunner().invoke(app, [words[0], "--help"]).stdout
    words = [word.replace("{folder}", str(tmp_path / "there")) for word in words]
    kind = list if "JSON array" in told else dict
    assert "JSON object" in told or "JSON array" in told
    assert isinstance(json.loads(run(*words, "--json")[1]), kind)


# -- keys and addresses ----------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example")
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def _ask(flavour: Flavour, transport: httpx.MockTransport, api_key: str | None) -> None:
    if flavour.blocking:
        Api(api_key=api_key, transport=transport, entity="e").artifact("p/c:v0")
    else:
        await AsyncApi(api_key=api_key, transport=transport, entity="e").artifact("p/c:v0")


async def _refused(flavour: Flavour, api_key: str | None = None, words: str = "who?") -> str:
    """What the error says when the server does not know the key."""
    transport = httpx.MockTransport(lambda _: httpx.Response(401, text=words))
    with pytest.raises(AuthenticationError) as caught:
        await _ask(flavour, transport, api_key)
    assert KEY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("argument", "The key came from the argument api_key."),
        ("variable", "The key came from the variable WANDB_API_KEY."),
        ("netrc", "The key came from the netrc file {home}/.netrc, entry wandb.example."),
        ("default", "The key came from the netrc file {home}/.netrc, entry default."),
        ("NETRC", "The key came from the netrc file {home}/elsewhere, entry wandb.example."),
        ("settings", "The key came from the settings file {home}/.config/wandb/settings."),
        ("folder", "The key came from the settings file wandb/settings."),
        ("nowhere", "No key was found. Set WANDB_API_KEY"),
        (
            "broken",
            "No key was found. The netrc file {home}/.netrc cannot be read near line 3: mend it, "
            "or name another in NETRC. Set WANDB_API_KEY",
        ),
    ],
)
async def test_an_error_about_a_key_says_where_it_came_from(
    flavour: Flavour, home: Path, monkeypatch: pytest.MonkeyPatch, place: str, words: str
) -> None:
    given = _key_at(place, home, monkeypatch)
    assert words.replace("{home}", str(home)) in await _refused(flavour, given)


async def test_the_words_of_a_server_end_with_one_full_stop(flavour: Flavour) -> None:
    assert "with 401: Who are you. The key" in await _refused(flavour, KEY, "Who are you.")


def _key_at(place: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    entry = f"machine wandb.example login user password {KEY}\n"
    files = {
        "netrc": (home / ".netrc", entry),
        "default": (home / ".netrc", f"default login user password {KEY}\n"),
        "NETRC": (home / "elsewhere", entry),
        "broken": (home / ".netrc", f"{entry}{KEY}\n"),
        "settings": (home / ".config/wandb/settings", f"[default]\napi_key = {KEY}\n"),
        "folder": (home / "wandb/settings", f"[default]\napi_key = {KEY}\n"),
    }
    if place in files:
        path, text = files[place]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if place == "NETRC":
        monkeypatch.setenv("NETRC", str(home / "elsewhere"))
    if place == "variable":
        monkeypatch.setenv("WANDB_API_KEY", KEY)
    return KEY if place == "argument" else None


def test_the_command_says_where_a_wrong_key_came_from(served: Served, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login user password {KEY}\n", encoding="utf-8")
    done = _command(served, ["types", "local/demo"], WANDB_API_KEY="", NETRC=str(netrc))
    assert done.returncode == 1
    assert f"netrc file {netrc}, entry default".encode() in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("default login user password {}", True),
        ("machine other.example login user password wrong\ndefault login user password {}", True),
        ("machine wandb.example login user password {}\ndefault login user password wrong", True),
        ("machine other.example login user password {}", False),
        ("default login user", False),
    ],
)
def test_a_netrc_with_only_a_default_entry_is_used(home: Path, text: str, found: bool) -> None:
    (home / ".netrc").write_text(text.format(KEY), encoding="utf-8")
    environ = {"HOME": str(home), "WANDB_BASE_URL": "https://wandb.example"}
    assert resolve(environ=environ).api_key == (KEY if found else None)


HOSTED = "https://api.forge.coreweave.com"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("https://wandb.ai", HOSTED),
        ("https://app.wandb.ai", HOSTED),
        ("https://www.wandb.ai/", HOSTED),
        ("https://WANDB.ai", HOSTED),
        ("https://wandb.ai/my-team/my-project", HOSTED),
        ("http://wandb.ai", HOSTED),
        ("http://api.wandb.ai", "https://api.wandb.ai"),
        ("https://forge.coreweave.com", HOSTED),
        ("https://forge.coreweave.com/wandb", HOSTED),
        ("https://qa.forge.coreweave.com", "https://api.qa.forge.coreweave.com"),
    ],
)
def test_the_address_of_the_pages_is_refused_with_the_one_that_is_meant(
    home: Path, url: str, meant: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(meant)) as caught:
        resolve(environ={"WANDB_BASE_URL": url, "HOME": str(home)})
    assert url.rstrip("/").lower() in str(caught.value).lower()
    for kind in (Api, AsyncApi):
        with pytest.raises(InvalidInput, match=re.escape(meant)):
            kind(base_url=url)


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("https://api.wandb.ai", "https://api.wandb.ai"),
        ("https://api.wandb.ai/", "https://api.wandb.ai"),
        ("https://api.qa.wandb.ai", "https://api.qa.wandb.ai"),
        ("https://wandb.ai.example.com", "https://wandb.ai.example.com"),
        ("https://mywandb.ai", "https://mywandb.ai"),
        ("https://app.example.com", "https://app.example.com"),
        ("https://forge.coreweave.com/api/wandb", HOSTED),
        (HOSTED, HOSTED),
    ],
)
def test_the_address_of_a_server_is_taken(home: Path, url: str, used: str) -> None:
    assert home.is_dir()
    assert resolve(base_url=url).base_url == used


# -- nothing is dropped in silence -----------------------------------------------------------------


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["delete", MODEL, "--yes", "--delete-aliases"], 2, "--delete-aliases is for a version"),
        (["delete", f"{MODEL}:v0", "--yes", "--type", "dataset"], 1, "of type 'model'"),
        (["tag", f"{MODEL}:v0", "--add", "x", "--type", "dataset"], 1, "of type 'model'"),
        (["doctor", "http://localhost:1"], 2, "not both"),
    ],
    ids=["delete", "delete a version", "tag", "doctor"],
)
def test_an_option_without_effect_says_so(run: Run, words: list[str], code: int, said: str) -> None:
    found, out, err = run(*words)
    assert (found, out) == (code, "")
    assert err.count("\n") == (1 if code == 1 else 4)  # of wrong usage, how to get help as well
    assert said in err
    assert run("versions", MODEL)[1].count("모델:v") == 3


async def test_a_progress_that_is_none_is_refused_before_any_request(
    api: AsyncApi, wire: Wire, shelf: Registry
) -> None:
    assert shelf.root.is_dir()
    artifact = await api.artifact(MODEL)
    wire.forget()
    with pytest.raises(InvalidInput, match="progress is True"):
        await artifact.download(shelf.root / "x", progress="yes")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(InvalidInput, match="progress is True"):
        await api.log_artifact(MODEL, type="x", files={}, progress=1)  # type: ignore[arg-type]  # wrong on purpose
    assert wire.count() == []
