"""The README's example is a program, and its output is what the README says, in each language."""

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import typed_artifacts
from typed_artifacts import Api

ROOT = Path(__file__).parents[2]
READMES = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md")
}
README = READMES["README.md"]
each_readme = pytest.mark.parametrize("readme", READMES.values(), ids=READMES.keys())
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_the_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block("python")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (block("text"), "")


@each_readme
def test_each_example_runs_as_it_stands(
    readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone, in an empty folder, and once more where it has run before."""
    shown: list[str] = []
    for number, example in enumerate(PYTHON.findall(readme)):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        for _ in range(2):
            exec(example, {"__name__": "__main__"})  # noqa: S102  # an example of our own page
            shown.append(capsys.readouterr().out)
    assert shown == [*[block("text")] * 2, *["b'four'\n"] * 2]


@each_readme
def test_the_table_names_what_there_is(readme: str) -> None:
    """Every class of the mapping, and of each of them nothing that it has not."""
    rows = re.findall(r"^\| (`[A-Z]\w+`(?:, `\w+`)*) \| .* \| (.*) \|$", readme, re.MULTILINE)
    named: set[str] = set()
    for classes, members in rows:
        for name in re.findall(r"`(\w+)`", classes):
            named.add(name)
            kind = getattr(typed_artifacts, name)
            parameters = inspect.signature(kind).parameters
            for member, mark in re.findall(r"`(\w+)(\(\)|=)?`", members):
                if mark == "=":
                    assert member in parameters, f"{name}({member}=)"
                else:
                    assert hasattr(kind, member) or member in parameters, f"{name}.{member}"
                    assert callable(getattr(kind, member, None)) == (mark == "()"), member
    mapping = tomllib.loads((ROOT / "codegen" / "mapping.toml").read_text(encoding="utf-8"))
    assert {name for name in mapping if name[0].isupper()} <= named


def test_the_tables_say_the_same_in_each_language() -> None:
    code = [
        sorted(re.findall(r"`[^`]+`", "".join(re.findall(r"^\|.*", readme, re.MULTILINE))))
        for readme in READMES.values()
    ]
    assert code[0] == code[1]


@each_readme
def test_every_link_works_elsewhere_too(readme: str) -> None:
    """The page is shown on package indexes, where nothing is beside it."""
    links = re.findall(r"\]\(([^)]*)\)", readme)
    links += re.findall(r"^\[[^]]+\]: (\S+)", readme, re.MULTILINE)
    links += re.findall(r"<(?:a|img)[^>]*=\"([^\"]+)", readme)
    assert all(link.startswith("https://") for link in links)
    for path in re.findall(r"`((?:docs/|examples/|[A-Z]+\.md)[\w./]*)`", readme):
        assert (ROOT / path).exists()


def test_every_setting_is_on_its_page() -> None:
    """Each variable that the package reads, and none that it does not."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    form = r"\b(?:WANDB_[A-Z_]+|TYPED_ARTIFACTS_[A-Z]+(?:_[A-Z]+)*|(?:REQUESTS|CURL)_CA_BUNDLE)\b"
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("", "_environment", "cli")
        for path in (ROOT / "src" / "typed_artifacts" / room).glob("*.py")
    )
    read = set(re.findall(rf'"({form})"', source))
    assert read <= set(re.findall(form, page))
    assert set(re.findall(form, page)) <= read
    for name in ("NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR", "COLUMNS", "NO_PROXY", "~/.netrc"):
        assert f"`{name}`" in page
    for argument in inspect.signature(Api).parameters:
        assert f"`{argument}=" in page
