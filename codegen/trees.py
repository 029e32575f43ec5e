"""The generated trees: built in a temporary folder, compared, and moved into place."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .class_names import RenderedModules, check_class_names
from .comparing import compared
from .cutting import cutting
from .exports import FRONT, exported, init_module
from .ignored import check_ignored, check_modules, check_said_by_hand
from .imports import room_names
from .mapping import load_mapping
from .models import write_models
from .names import check_names
from .problem import Problem, read_text
from .render import SYNC, format_files, render_classes, write_classes
from .renderer import Renderer
from .resolve import resolve
from .scalars import CONFIG, check_scalars
from .schema_usage import usage_tables
from .semver import compare_surfaces
from .settings import load_settings
from .sources import load_sources
from .splitting import split_fragments
from .surface import SURFACE, surface_text
from .template_files import TEMPLATES, check_classes, read_templates
from .trial import PACKAGE, TREES, Trial, has_package, written_package
from .written import check_written, read_written, written_file

MAPPING = "codegen/mapping.toml"


@dataclass(frozen=True)
class Made:
    """The generated trees, in a folder of their own."""

    folder: Path
    trial: Trial
    front: str | None
    """The package's front page, where there is a package."""


def make(root: Path, folder: Path) -> Made:
    """Make the generated trees in ``folder`` from the sources below ``root``.

    Raises:
        Problem: schema, queries, mapping or templates are wrong.
    """
    sources = load_sources(root)
    settings = load_settings(root / CONFIG)
    check_scalars(sources, settings.scalars)
    models = check_names(sources, settings.scalars)
    mapping = load_mapping(root / MAPPING, MAPPING)
    templates = read_templates(root / TEMPLATES)
    by_hand = read_written(root)
    specifications = resolve(mapping, sources, settings.scalars, templates.by_name, by_hand)
    check_written(by_hand, templates, mapping.classes, mapping.locations)
    check_classes(templates, mapping.classes, mapping.locations, by_hand)
    renderer = Renderer(
        root / TEMPLATES, templates, specifications, suggests="suggestions" in by_hand
    )
    rendering = render_classes(renderer, templates, specifications, by_hand)
    written = written_package(root)
    modules = RenderedModules(
        *(rendering.texts[SYNC], rendering.origins, models, room_names(written), written),
        rendering.shared,
    )
    check_class_names(specifications, mapping, modules)
    if has_package(root):
        once = {*templates.modules(), *by_hand}
        check_modules(modules.texts, rendering.origins, once, written)
    for spec in specifications.classes:
        if spec.module in by_hand:
            check_said_by_hand(mapping, spec, by_hand[spec.module], written_file(spec.module))
        elif spec.module in templates.by_name:
            check_ignored(mapping, spec, renderer, spec.module, SYNC)
    documents = write_models(sources, settings, folder)
    split_fragments(folder / "_graphql", sources.fragments)
    cuttings = {
        operation.name: cutting(sources, operation.name, documents[operation.constant])
        for operation in specifications.operations
    }
    tables = usage_tables(sources, cuttings, settings.scalars)
    front = init_module(root, specifications, mapping)
    public = exported(front)
    write_classes(rendering, renderer, specifications, cuttings, tables, folder, written, public)
    format_files(root, folder, by_hand)
    return Made(folder, Trial(root, sources, rendering.origins, front), front)


def generate(root: Path) -> list[str]:
    """Write all generated trees and the surface below ``root``; the lines say what is different.

    Everything is made first, imported, and its surface read. Then each tree takes the place of the
    old one by renaming, so that an interruption leaves whole trees, old or new.

    Raises:
        Problem: a source is wrong; nothing has been touched then.
    """
    for name in TREES:
        repair_tree(root / PACKAGE / name)
    with tempfile.TemporaryDirectory() as folder:
        made = make(root, Path(folder))
        changes = compare(made, root)
        project = made.trial.run(made.folder) if changes else root
        surface = surface_text(project) if has_package(root) else ""
        for name in TREES:
            target = root / PACKAGE / name
            if differences(made.folder / name, target):
                replace_tree(made.folder / name, target)
        if made.front is not None and changes:
            (root / FRONT).write_text(made.front, encoding="utf-8")
    return [*changes, *_write_surface(root, surface)]


def check(root: Path) -> list[str]:
    """How what is below ``root`` differs from what would be generated."""
    with tempfile.TemporaryDirectory() as folder:
        stale = compare(make(root, Path(folder)), root)
    if not stale and has_package(root):
        there, now = _written_surface(root), surface_text(root)
        stale = list(compare_surfaces(there, now).lines)
        if there != now:
            stale.append(f"differs: {SURFACE}")
    return stale


def _written_surface(root: Path) -> str:
    path = root / SURFACE
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _write_surface(root: Path, now: str) -> list[str]:
    there, path = _written_surface(root), root / SURFACE
    if now != there:
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
    return compare_surfaces(there, now).report if there else []


def compare(made: Made, root: Path) -> list[str]:
    """How the trees below ``root``, and the front page, differ from made ones."""
    lines = [
        line for name in TREES for line in differences(made.folder / name, root / PACKAGE / name)
    ]
    if made.front is not None and made.front != read_text(root / FRONT, FRONT):
        lines.append(f"differs: {FRONT}")
    return lines


def differences(made: Path, there: Path) -> list[str]:
    """How a tree differs from what would be made, missing and surplus files included."""
    return [f"{item.kind}: {there.name}/{item.name}" for item in compared(made, there)]


def repair_tree(target: Path) -> None:
    """Restore a tree if an earlier run was stopped between two renames."""
    new, old = _beside(target)
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(new, ignore_errors=True)


def _beside(target: Path) -> tuple[Path, Path]:
    """Where a new tree is put together, and where the old one goes."""
    return target.with_name(f".new{target.name}"), target.with_name(f".old{target.name}")


def replace_tree(made: Path, target: Path) -> None:
    """Put a copy of ``made`` in the place of ``target`` by renaming."""
    new, old = _beside(target)
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, new)
        if target.exists():
            target.rename(old)
        new.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise Problem(str(target), None, f"cannot be written: {error}") from error
