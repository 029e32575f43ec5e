"""The built wheel in environments that hold what its metadata asks for, and nothing else.

Every day they are composed of what is installed here: one folder with the wheel's content and a
link to each distribution that it needs, for an interpreter that sees no other. At full size they
are real ones, filled by pip.
"""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
SHOWN = re.findall(r"^```text\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMAND = "import sys\nsys.argv[1:] = {!r}\nfrom typed_artifacts.cli import main\nmain()"
NO_LOCAL = 'pip install "typed-artifacts[local]".'
NO_CLI = 'pip install "typed-artifacts[cli,local]".'


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [built] = folder.glob("*.whl")
    return built


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as content:
        [name] = [name for name in content.namelist() if name.endswith(".dist-info/METADATA")]
        return HeaderParser().parsestr(content.read(name).decode())


def chosen(lines: Iterable[str], extras: Iterable[str]) -> Iterator[Requirement]:
    """The requirements that hold here, with some extras."""
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def needed(wheel: Path, extras: Iterable[str]) -> set[str]:
    """The names of all distributions that come with the wheel and some of its extras."""
    found: set[str] = set()
    left = list(chosen(metadata(wheel).get_all("Requires-Dist", []), extras))
    while left:
        requirement = left.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name not in found:
            found.add(name)
            left += chosen(distribution(name).requires or [], requirement.extras)
    return found


def composed(wheel: Path, extras: Sequence[str], folder: Path) -> list[str]:
    """The beginning of a command line for an interpreter that sees the wheel and what it needs."""
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder)
    for name in needed(wheel, extras):
        found = distribution(name)
        home = Path(str(found.locate_file("")))
        for top in {path.parts[0] for path in found.files or [] if ".." not in path.parts}:
            if top != "__pycache__" and not (folder / top).exists():
                (folder / top).symlink_to(home / top)
    return [sys.executable, "-S", "-E", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n"]


def run(begin: list[str], code: str, place: Path) -> subprocess.CompletedProcess[str]:
    place.mkdir(exist_ok=True)
    command = [*begin[:-1], begin[-1] + code]
    return subprocess.run(
        command, cwd=place, capture_output=True, text=True, check=False, timeout=120
    )


def check_base(begin: list[str], place: Path) -> None:
    for example in EXAMPLES:
        done = run(begin, example, place)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1].endswith(NO_LOCAL)
    code = "from typed_artifacts import Api\nprint(Api(base_url='http://localhost'))"
    assert run(begin, code, place).stdout == "<Api http://localhost>\n"
    check_no_command(begin, place)


def check_no_command(begin: list[str], place: Path) -> None:
    done = run(begin, COMMAND.format(["serve"]), place)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.endswith(f"{NO_CLI}\n")


def check_local(begin: list[str], place: Path, examples: Sequence[str] = EXAMPLES) -> None:
    shown = [run(begin, example, place) for example in examples]
    assert not any(done.stderr for done in shown)
    assert shown[0].stdout == SHOWN[0]


def check_command(begin: list[str], place: Path) -> None:
    words = ["versions", "me/demo/notes", "--registry", "shelf"]
    done = run(begin, COMMAND.format(words), place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "notes:v2" in done.stdout
    assert f"typed-artifacts {' '.join(words)}" in README


def test_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    check_base(composed(wheel, [], tmp_path / "site"), tmp_path / "here")


def test_the_wheel_with_the_embedded_server(wheel: Path, tmp_path: Path) -> None:
    begin = composed(wheel, ["local"], tmp_path / "site")
    check_local(begin, tmp_path / "here")
    check_no_command(begin, tmp_path / "here")


def test_the_wheel_with_the_command_too(wheel: Path, tmp_path: Path) -> None:
    begin = composed(wheel, ["local", "cli"], tmp_path / "site")
    check_local(begin, tmp_path / "here", EXAMPLES[:1])
    check_command(begin, tmp_path / "here")


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("extras", ["", "[local]", "[local,cli]"])
def test_a_real_installation(wheel: Path, tmp_path: Path, extras: str) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    install = [python, "-m", "pip", "install", "-qq", f"{wheel}{extras}"]
    subprocess.run(install, check=True, timeout=900)
    begin, place = [python, "-E", "-c", ""], tmp_path / "here"
    if not extras:
        check_base(begin, place)
        return
    check_local(begin, place)
    if "cli" in extras:
        check_command(begin, place)
    else:
        check_no_command(begin, place)


def test_what_the_wheel_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()
    assert {"typed_artifacts/py.typed", "typed_artifacts/local/schema.graphql"} <= set(names)
    pages = "typed_artifacts/local/pages"
    kept = {
        path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / pages).rglob("*.*")
    }
    assert {name for name in kept if "__pycache__" not in name} <= set(names)
    tops = {name.partition("/")[0] for name in names}
    assert len(tops) == 2
    assert "typed_artifacts" in tops


def test_what_an_index_shows(wheel: Path) -> None:
    told = metadata(wheel)
    assert told["Description-Content-Type"] == "text/markdown"
    urls = [line.partition(", ")[2] for line in told.get_all("Project-URL", [])]
    assert urls
    assert all(url.startswith("https://") for url in urls)
    extras = told.get_all("Provides-Extra", [])
    assert {"local", "cli"} <= set(extras)
    for extra in re.findall(r'"typed-artifacts\[([\w,]+)\]"', README):
        assert set(extra.split(",")) <= set(extras)
