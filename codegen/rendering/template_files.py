"""Reads the template files, and checks that each is used and completely rendered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, TemplateSyntaxError, nodes

from ..project.files import read_text
from ..project.layout import TEMPLATES
from ..project.problem import Problem, suggestion
from ..project.toml import TomlLocations
from ..python.names import module_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

    from ..configuration.mapping import EntityMapping, ListMapping

# The base template for the generated base class of a hand-written class.
ATTRIBUTES = "attributes"
# The templates for classes without a template of their own.
_KINDS = {"list", "entity", ATTRIBUTES}


@dataclass(frozen=True)
class Template:
    """One template: its base, its blocks with their lines, and the templates that it includes."""

    name: str
    extends: str | None
    extends_line: int | None
    blocks: Mapping[str, int]
    outer_blocks: frozenset[str]
    """Blocks that are not nested in other blocks."""
    includes: frozenset[str]
    is_of_class: bool
    """Whether it renders the specification of a class."""
    words: frozenset[str]

    def is_used_by_others(self, module: str) -> bool:
        """Whether it makes, or is part of, modules of classes other than that of one module."""
        return (self.is_of_class or self.name.startswith("_")) and self.name != module

    @property
    def file(self) -> str:
        """The path, for messages."""
        return f"{TEMPLATES}/{self.name}.jinja"


@dataclass(frozen=True)
class Templates:
    """All templates of a folder."""

    by_name: Mapping[str, Template]

    def ancestors(self, name: str) -> Iterator[Template]:
        """The base templates of a template, the nearest first."""
        visited = {name}
        base = self.by_name[name].extends
        while base is not None and base not in visited:
            visited.add(base)
            yield self.by_name[base]
            base = self.by_name[base].extends

    def modules(self) -> list[str]:
        """The templates that render one module each, not of a class, and that are not included."""
        return [
            name
            for name, template in self.by_name.items()
            if not template.is_of_class and not name.startswith("_")
        ]


def read_templates(folder: Path) -> Templates:
    """Every template of a folder.

    Raises:
        Problem: a file is not read, cannot be parsed, or has a part that is not rendered.
    """
    found: dict[str, Template] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.suffix != ".jinja" or not path.is_file():
            text = f"is not read; a template is a file {TEMPLATES}/NAME.jinja"
            raise Problem(f"{TEMPLATES}/{path.name}", None, text)
        found[path.stem] = _read(path)
    templates = Templates(found)
    for template in found.values():
        _check_base(template, templates)
    for template in found.values():
        _check_blocks(template, templates)
    return templates


def check_classes(
    templates: Templates,
    classes: Mapping[str, ListMapping | EntityMapping],
    locations: TomlLocations,
    written: Container[str],
) -> None:
    """Raise a ``Problem`` for a template without a class, or one of another kind of class."""
    modules = {module_name(name): name for name in classes}
    for module, name in modules.items():
        template = templates.by_name.get(module)
        if template is None:
            continue
        if module in _KINDS or not template.is_of_class:
            raise locations.problem(
                (name,),
                f"{template.file} is no template of one class, and this class would take its "
                "place; give the class another name",
            )
        bases = [base.name for base in templates.ancestors(module)]
        if bases and (ATTRIBUTES if module in written else classes[name].kind) not in bases:
            text = f'extends {bases[0]}.jinja, but {name} is of kind "{classes[name].kind}"'
            raise Problem(template.file, template.extends_line, text)
    extended = {template.extends for template in templates.by_name.values()}
    included = {name for template in templates.by_name.values() for name in template.includes}
    for name, template in templates.by_name.items():
        if name.startswith("_"):
            if name not in included:
                raise Problem(template.file, None, "no template takes it in")
        elif template.is_of_class and name not in {*modules, *extended, *_KINDS}:
            near = suggestion(name, modules)
            text = f"is the template of a class, and the mapping has none of this name{near}"
            raise Problem(template.file, template.extends_line, text)


def _read(path: Path) -> Template:
    shown = f"{TEMPLATES}/{path.name}"
    return _template(path.stem, shown, read_text(path, shown))


@lru_cache(maxsize=256)
def _template(name: str, shown: str, text: str) -> Template:
    try:
        tree = Environment(autoescape=False).parse(text)
    except TemplateSyntaxError as error:
        raise Problem(shown, error.lineno, str(error.message)) from error
    extends = tree.find(nodes.Extends)
    if extends is not None:
        _check_outside(tree, shown)
    included = {
        _constant(expression)
        for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport))
        for expression in node.find_all(nodes.Const)
    }
    return Template(
        name,
        _constant(extends.template) if extends else None,
        extends.lineno if extends else None,
        {block.name: block.lineno for block in tree.find_all(nodes.Block)},
        frozenset(node.name for node in tree.body if isinstance(node, nodes.Block)),
        frozenset(name for name in included if name is not None),
        extends is not None or any(node.name == "spec" for node in tree.find_all(nodes.Name)),
        frozenset(re.findall(r"\w+", text)),
    )


def _constant(expression: nodes.Expr) -> str | None:
    value = expression.value if isinstance(expression, nodes.Const) else None
    return value.removesuffix(".jinja") if isinstance(value, str) else None


def _check_outside(tree: nodes.Template, shown: str) -> None:
    for node in _outside(tree):
        if isinstance(node, nodes.Include):
            raise Problem(shown, node.lineno, "is included outside every block; put it into one")
        for part in node.nodes if isinstance(node, nodes.Output) else ():
            text = part.data if isinstance(part, nodes.TemplateData) else "{{"
            if text.strip():
                line = part.lineno + text[: len(text) - len(text.lstrip())].count("\n")
                message = "stands outside every block, where nothing is rendered"
                raise Problem(shown, line, message)


def _outside(node: nodes.Node) -> Iterator[nodes.Node]:
    """The nodes outside of blocks, and of macros and variables, which blocks may use."""
    for inner in node.iter_child_nodes():
        if not isinstance(inner, nodes.Block | nodes.Macro | nodes.AssignBlock):
            yield inner
            yield from _outside(inner)


def _check_base(template: Template, templates: Templates) -> None:
    base = template.extends
    if base is not None and base not in templates.by_name:
        near = suggestion(f"{base}.jinja", [f"{name}.jinja" for name in templates.by_name])
        text = f'there is no template "{base}.jinja"{near}'
        raise Problem(template.file, template.extends_line, text)


def _check_blocks(template: Template, templates: Templates) -> None:
    bases = [*templates.ancestors(template.name)]
    if template.extends is not None and [template, *bases][-1].extends == template.name:
        through = "".join(f" through {base.name}.jinja" for base in bases)
        raise Problem(template.file, template.extends_line, f"extends itself{through}")
    if not bases:
        return
    known = {block for base in bases for block in base.blocks}
    for block in sorted(template.outer_blocks - known, key=lambda name: template.blocks[name]):
        chain = " and ".join(f"{base.name}.jinja" for base in bases)
        text = f'there is no block "{block}" in {chain}{suggestion(block, known)}'
        raise Problem(template.file, template.blocks[block], text)
