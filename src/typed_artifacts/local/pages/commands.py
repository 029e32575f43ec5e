"""The commands and Python code shown on a page. Pure."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something to copy, and what it is for."""

    title: str
    text: str


def version_commands(base_url: str, path: str) -> Sequence[Command]:
    """How to fetch a version, `entity/project/collection:version`."""
    server, quoted = shlex.quote(base_url), shlex.quote(path)
    lines = (*_artifact(path), "folder = version.download()")
    return (
        Command("On the command line", _shell("typed-artifacts download", quoted, base_url)),
        Command("In Python", _python(base_url, *lines)),
        Command(
            "With the official client", f"WANDB_BASE_URL={server} \\\n  wandb artifact get {quoted}"
        ),
    )


def file_commands(base_url: str, path: str, name: str) -> Sequence[Command]:
    """How to fetch one file of a version."""
    arguments = f"{shlex.quote(path)} --prefix {shlex.quote(name)}"
    lines = (
        *_artifact(path),
        f"[file] = version.files(names=[{_text(name)}])",
        "file.download()",
    )
    return (
        Command("On the command line", _shell("typed-artifacts download", arguments, base_url)),
        Command("In Python", _python(base_url, *lines)),
    )


def collection_commands(base_url: str, kind: str, path: str) -> Sequence[Command]:
    """How to list the versions of a collection, `entity/project/collection`."""
    lines = (
        "versions = api.artifacts(",
        f"    {_text(kind)}, {_text(path)}",
        ")",
        "for version in versions:",
        "    print(version.name, version.aliases)",
    )
    return (
        Command(
            "On the command line", _shell("typed-artifacts versions", shlex.quote(path), base_url)
        ),
        Command("In Python", _python(base_url, *lines)),
    )


def project_commands(base_url: str, path: str) -> Sequence[Command]:
    """How to list a project, and how to log into it."""
    lines = (
        "api.log_artifact(",
        f"    {_text(path + '/notes')},",
        '    type="dataset",',
        '    files={"a.txt": b"1"},',
        ")",
    )
    quoted = shlex.quote(path)
    return (
        Command("List its collections", _shell("typed-artifacts collections", quoted, base_url)),
        Command("Log a version into it", _python(base_url, *lines)),
    )


def _shell(command: str, arguments: str, base_url: str) -> str:
    return f"{command} \\\n  {arguments} \\\n  --base-url {shlex.quote(base_url)}"


def _artifact(path: str) -> Sequence[str]:
    return ("version = api.artifact(", f"    {_text(path)}", ")")


def _python(base_url: str, *lines: str) -> str:
    begin = ("from typed_artifacts import Api", "", f"api = Api(base_url={_text(base_url)})")
    return "\n".join((*begin, *lines))


def _text(text: str) -> str:
    """A Python literal, in double quotes where that needs no more escapes."""
    literal = repr(text)
    return literal if '"' in text or literal[0] == '"' else f'"{literal[1:-1]}"'
