"""`serve` and `key add` as commands: what they print, and how they fail."""

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from typed_artifacts.cli.commands.keys import key_app
from typed_artifacts.cli.commands.registry import registry_app
from typed_artifacts.cli.commands.serve import serve
from typed_artifacts.local import Registry, RegistryRefused
from typed_artifacts.local import serve as serve_registry

runner = CliRunner()
serve_app = typer.Typer()
serve_app.command()(serve)


def test_key_add_prints_a_key_of_the_user(tmp_path: Path) -> None:
    result = runner.invoke(key_app, ["add", "ann", "--root", str(tmp_path)])
    assert result.exit_code == 0
    key = result.stdout.strip()
    assert re.fullmatch("[0-9a-f]{40}", key)
    again = runner.invoke(key_app, ["add", "ann", "--root", str(tmp_path)]).stdout.strip()
    assert again != key
    with Registry(tmp_path) as registry, registry.store.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM api_keys").scalar_one()
        assert count == 2


def test_a_key_needs_a_name_that_can_be_one(tmp_path: Path) -> None:
    result = runner.invoke(key_app, ["add", "no spaces", "--root", str(tmp_path)])
    assert result.exit_code == 1
    assert "'no spaces' cannot name a user" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("option", ["--root", "--registry"])
def test_the_folder_of_a_registry_is_named_as_in_other_commands(
    tmp_path: Path, option: str
) -> None:
    root = tmp_path / "x"
    added = runner.invoke(key_app, ["add", "ann", option, str(root)])
    assert added.exit_code == 0, added.output
    listed = runner.invoke(key_app, ["list", option, str(root)])
    assert "\tann\t" in listed.stdout
    counted = runner.invoke(registry_app, ["stats", "--json", option, str(root)])
    assert json.loads(counted.stdout)["users"] == 1


@pytest.mark.parametrize("option", ["--root", "--registry"])
def test_a_folder_of_a_server_is_named_as_in_other_commands(tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("no folder")
    result = runner.invoke(serve_app, ["--port", "0", option, str(tmp_path / "file")])
    assert result.exit_code == 1
    assert f"The registry in {tmp_path / 'file'} cannot be opened" in result.stderr


def test_open_refuses_other_addresses(tmp_path: Path) -> None:
    result = runner.invoke(
        serve_app,
        ["--open", "--host", "0.0.0.0", "--root", str(tmp_path)],  # noqa: S104
    )
    assert result.exit_code == 1
    assert "loopback only" in result.stderr


@pytest.mark.parametrize("host", ["", " "])
def test_an_address_that_is_empty_is_not_every_address(tmp_path: Path, host: str) -> None:
    root = tmp_path / "x"
    result = runner.invoke(serve_app, ["--host", host, "--port", "0", "--root", str(root)])
    assert result.exit_code == 1
    assert "0.0.0.0 and :: are all addresses" in result.stderr
    assert not root.exists()


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = runner.invoke(serve_app, ["--port", port, "--root", str(tmp_path)])
    assert result.exit_code == 1
    assert "in use" in result.stderr


@pytest.mark.parametrize("port", [-1, 65_536, 80.5])
def test_a_port_that_is_none_is_refused_before_a_folder_is_made(
    tmp_path: Path, port: object
) -> None:
    options: dict[str, Any] = {"port": port}
    with pytest.raises(RegistryRefused, match=r"port is .+; it must be a whole number from 0"):
        serve_registry(tmp_path / "registry", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--allow-origin", "example.org"),
        ("--allow-origin", "https://example.org/"),
        ("--allow-origin", "https://example.org/app"),
        ("--allow-origin", ""),
        ("--allow-host", "https://registry.example"),
        ("--allow-host", "registry.example/x"),
        ("--allow-host", ""),
    ],
)
def test_an_origin_or_a_name_that_no_request_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str
) -> None:
    """It would be waited for in vain: each request of such a page was refused."""
    monkeypatch.setattr("uvicorn.Server.run", _refuse_to_serve)
    result = runner.invoke(serve_app, [option, value, "--root", str(tmp_path / "registry")])
    assert result.exit_code == 1
    assert "such as" in result.stderr
    assert list(tmp_path.iterdir()) == []


def _refuse_to_serve(_server: object) -> None:
    pytest.fail("it serves")
