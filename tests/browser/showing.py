"""How pages and notebooks are brought before a browser."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from tests.local.processes import Served

# Nothing leaves this machine; the sandbox needs a user other than the one that containers have.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CELLS = (
    """from typed_artifacts import Api
from typed_artifacts.local import Registry

with Registry("shelf") as shelf:
    shelf.log_version("local/search/sources", type="dataset", files={"a.py": "pass"})
    for step in range(30):
        run = shelf.run(f"local/search/train-{step}", job_type="train")
        shelf.use(run, "local/search/sources:latest")
        shelf.log_version(
            "local/search/code-embedder",
            type="model",
            run=run,
            files={"weights.bin": bytes([step]) * 100_000, "config.json": '{"layers": 6}'},
            metadata={"loss": round(2 / (step + 1), 4), "step": step},
            aliases=["best"] if step == 29 else [],
            tags=["converged"] if step > 20 else [],
        )
api = Api.local("shelf")""",
    """versions = api.artifacts("model", "search/code-embedder", per_page=6)
versions[0]
versions""",
    """version = api.artifact("search/code-embedder:best")
version""",
    """version.lineage()""",
    """report = version.download("fetched", progress=True)""",
    """version.verify("fetched")""",
    """version.diff(versions[5])""",
    """api.plan_prune("search", keep_last=3)""",
)


def chromium(driver: Any) -> Any:
    """Debian's Chromium."""
    return driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))


def signed_in(context: Any, served: Served, address: str = "/") -> Any:
    """A page whose reader has given the key, as a person would."""
    page = context.new_page()
    page.goto(served.url + address)
    page.focus("#key")
    page.keyboard.type(served.key)
    page.keyboard.press("Enter")
    page.wait_for_url(served.url + address)
    return page


def executed_notebook(folder: Path) -> Any:
    """A notebook of `CELLS`, with their outputs; a cell that fails raises."""
    nbformat: Any = import_module("nbformat")
    client: Any = import_module("nbclient")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    return client.NotebookClient(notebook, timeout=120, resources=resources).execute()


def notebook_page(notebook: Any, path: Path, theme: str) -> Path:
    """The notebook as a page, as Jupyter exports it."""
    exporting: Any = import_module("nbconvert")
    text, _ = exporting.HTMLExporter(theme=theme).from_notebook_node(notebook)
    path.write_text(text, encoding="utf-8")
    return path


def local_only(route: Any) -> None:
    """Lets a page load files of this machine, and nothing else."""
    if route.request.url.startswith("file:"):
        route.continue_()
    else:
        route.abort()
