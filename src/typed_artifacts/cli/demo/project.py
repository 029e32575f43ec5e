"""The data of the demo: a code search engine with datasets, models and runs.

The datasets are real: the source trees of the standard library and of the packages that this
command itself needs, so they are there on every machine. The models are small files, made from
their names, so that two worlds are alike.
"""

from __future__ import annotations

import hashlib
import json
import math
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import metadata as installed
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from typed_artifacts._values.json_values import JsonValue
    from typed_artifacts.local import Registry

Content: TypeAlias = Mapping[str, Path | bytes | str]

PROJECT = "demo/code-search"

#: Distributions whose sources become datasets; every one comes with the extras `cli` and `local`.
PACKAGES = (
    "anyio",
    "ariadne",
    "graphql-core",
    "httpx",
    "pydantic",
    "rich",
    "sqlalchemy",
    "starlette",
    "typer",
    "uvicorn",
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a world is to be.

    Attributes:
        embedders: versions of the model `code-embedder`.
        tokenizers: versions of the model `tokenizer`.
        scores: versions of the evaluation `retrieval-scores`.
        packages: how many of `PACKAGES` become datasets.
        standard_library: whether its source tree joins them, some 1,800 files.
    """

    embedders: int = 120
    tokenizers: int = 24
    scores: int = 60
    packages: int = len(PACKAGES)
    standard_library: bool = True


#: For tests: the same kinds of things, in a fraction of a second.
SMALL = Scale(embedders=7, tokenizers=3, scores=4, packages=2, standard_library=False)


@dataclass(slots=True)
class World:
    """What was built, and in how many versions, files and bytes."""

    versions: int = 0
    files: int = 0
    size: int = 0
    runs: list[str] = field(default_factory=list[str])


def build(registry: Registry, scale: Scale | None = None, project: str = PROJECT) -> World:
    """Fill a registry with the project, and say what is in it.

    Args:
        registry: where to.
        scale: how much of it; the whole by default.
        project: its path, `entity/project`.
    """
    builder = _Builder(registry, project, scale or Scale())
    with registry.batch():
        sources = builder.sources()
        builder.merged(sources)
        builder.tokenizers()
        builder.embedders()
        builder.evaluations()
        builder.release()
    return builder.world


class _Builder:
    """Logs the project's versions in the order in which a team would have made them."""

    def __init__(self, registry: Registry, project: str, scale: Scale) -> None:
        self._registry = registry
        self._project = project
        self._scale = scale
        self._clock = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self._best = 0
        self.world = World()

    def sources(self) -> dict[str, dict[str, Path]]:
        """One dataset per package: a first draft with half of the files, then all of them."""
        sources = {name: package_sources(name) for name in PACKAGES[: self._scale.packages]}
        if self._scale.standard_library:
            sources["standard-library"] = standard_library()
        for name, files in sources.items():
            half = dict(list(files.items())[: len(files) // 2])
            path = f"{name}-source"
            self._log(path, "dataset", half, tags=["draft"])
            self._log(path, "dataset", files, tags=["clean"], aliases=["checked"])
            self._describe(path, f"The Python files of {name}.", ["source"])
        return sources

    def merged(self, sources: dict[str, dict[str, Path]]) -> None:
        """The training set: it grows by some packages a version, the last has no empty files."""
        names = list(sources)
        steps = sorted({max(1, len(names) * part // 4) for part in (1, 2, 3, 4)})
        files: dict[str, Path] = {}
        for step in steps:
            files = {
                f"{name}/{path}": at for name in names[:step] for path, at in sources[name].items()
            }
            self._log("training-set", "dataset", files, tags=["draft"], metadata={"packages": step})
        clean: dict[str, Path | bytes | str] = {
            name: path for name, path in files.items() if path.stat().st_size
        }
        clean["CONTENTS.json"] = json.dumps({"files": len(clean), "packages": names})
        self._log(
            "training-set",
            "dataset",
            clean,
            aliases=["production"],
            tags=["clean"],
            metadata={"packages": len(names), "empty_files": False},
        )
        self._describe(
            "training-set", "All sources in one place, as the models see them.", ["gold"]
        )

    def tokenizers(self) -> None:
        """A tokenizer per vocabulary size."""
        for number in range(self._scale.tokenizers):
            vocabulary = 1000 * (number + 1)
            self._log(
                "tokenizer",
                "model",
                {
                    "vocabulary.json": json.dumps({"size": vocabulary}),
                    "merges.bin": _noise("t", number),
                },
                metadata={"vocabulary": vocabulary},
            )
        self._describe("tokenizer", "Byte-pair encodings of the training set.")

    def embedders(self) -> None:
        """The model itself, each version by a run that used a training set and a tokenizer."""
        best, best_loss = 0, math.inf
        for number in range(self._scale.embedders):
            loss = round(0.4 + 2 * math.exp(-number / 30) + 0.05 * math.sin(1.7 * number), 4)
            if loss < best_loss:
                best, best_loss = number, loss
            run = self._run(
                f"train-{number:03d}", "train", {"learning_rate": 0.001, "step": number}
            )
            self._registry.use(run, self._path("training-set:latest"), "training data")
            self._registry.use(run, self._path(f"tokenizer:v{number % self._scale.tokenizers}"))
            self._log(
                "code-embedder",
                "model",
                {"weights.bin": _noise("e", number), "config.json": json.dumps({"layers": 6})},
                metadata={"loss": loss, "step": number, "optimizer": {"name": "adam"}},
                tags=["converged"] if loss < 0.5 else [],  # a figure of this story
                run=run,
            )
        self._best = best
        self._describe("code-embedder", "Maps a function to a vector.", ["retrieval"])

    def evaluations(self) -> None:
        """Scores of some of the models, by runs that used them."""
        every = max(1, self._scale.embedders // self._scale.scores)
        for number in range(self._scale.scores):
            run = self._run(f"evaluate-{number:03d}", "evaluate", {})
            model = min(number * every, self._scale.embedders - 1)
            self._registry.use(run, self._path(f"code-embedder:v{model}"), "candidate")
            recall = round(0.9 - 0.5 / (1 + number), 4)
            scores = json.dumps({"model": model, "recall_at_10": recall})
            metadata = {"recall_at_10": recall, "model": model}
            self._log("retrieval-scores", "evaluation", {"scores.json": scores}, metadata, run=run)
        self._describe("retrieval-scores", "How well the models find what was asked for.")

    def release(self) -> None:
        """The portfolio: the models that were released, by link."""
        for number, aliases in ((0, ["baseline"]), (self._best, ["candidate", "production"])):
            source = self._path(f"code-embedder:v{number}")
            self._registry.link(source, self._path("released-models"), aliases=aliases)
        self._describe("released-models", "What the search engine runs.", ["released"])

    def _log(
        self,
        name: str,
        kind: str,
        files: Content,
        metadata: Mapping[str, JsonValue] | None = None,
        *,
        aliases: Sequence[str] = (),
        tags: Sequence[str] = (),
        run: str | None = None,
    ) -> None:
        self._clock += timedelta(hours=3)
        self._registry.log_version(
            self._path(name),
            type=kind,
            files=files,
            metadata=metadata,
            aliases=aliases,
            tags=tags,
            run=run,
            created_at=self._clock,
        )
        self.world.versions += 1
        self.world.files += len(files)
        self.world.size += sum(_size(content) for content in files.values())

    def _run(self, name: str, job_type: str, config: Mapping[str, JsonValue]) -> str:
        run = self._registry.run(self._path(name), job_type=job_type, config=config)
        self.world.runs.append(run)
        return run

    def _describe(self, name: str, description: str, tags: Sequence[str] = ()) -> None:
        self._registry.describe_collection(self._path(name), description=description, tags=tags)

    def _path(self, name: str) -> str:
        return f"{self._project}/{name}"


def _size(content: Path | bytes | str) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _noise(kind: str, number: int) -> bytes:
    """Bytes that look like weights and are the same every time."""
    return hashlib.shake_128(f"{kind}{number}".encode()).digest(4096 + 64 * number)


def standard_library() -> dict[str, Path]:
    """The standard library's own Python files, by their path in it."""
    root = Path(sysconfig.get_path("stdlib"))
    outside = {"site-packages", "dist-packages", "__pycache__"}
    return {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*.py"))
        if outside.isdisjoint(path.parts)
    }


def package_sources(distribution: str) -> dict[str, Path]:
    """The Python files of an installed distribution, by their path in it."""
    try:
        listed = installed.files(distribution) or []
    except installed.PackageNotFoundError:
        return {}
    located = {path.as_posix(): Path(str(path.locate())) for path in listed if path.suffix == ".py"}
    return {name: path for name, path in sorted(located.items()) if path.is_file()}
