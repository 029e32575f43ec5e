"""Renders one template to one module; an error in a template is a ``Problem`` with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.exceptions import TemplateSyntaxError
from typing_extensions import override

from ..project.layout import TEMPLATES
from ..project.problem import Problem
from ..python.docstrings import argument_line, docstring, literal, wrapped
from .template_files import Templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.bccache import Bucket

    from ..classes.class_specs import Specifications

# Where Python's messages name another line of the rendered text, which nobody sees.
_RENDERED_LINE = re.compile(r" on line \d+| \(detected at line \d+\)")
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


class _CompiledTemplates(BytecodeCache):
    """The bytecode of templates, for processes that render more than once."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED_TEMPLATES = _CompiledTemplates()


class Renderer:
    """Renders the templates of one folder."""

    def __init__(
        self,
        folder: Path,
        templates: Templates,
        specifications: Specifications | None,
        *,
        suggests: bool,
    ) -> None:
        self._folder = folder
        self._templates = templates
        self._environment = Environment(
            loader=FileSystemLoader(folder, encoding="utf-8-sig"),
            bytecode_cache=_COMPILED_TEMPLATES,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        known: dict[str, object] = self._environment.globals  # pyright: ignore[reportAssignmentType]  # typed by what is in it
        known |= {
            "argument": argument_line,
            "docstring": docstring,
            "literal": literal,
            "specs": specifications,
            # Whether errors about missing objects suggest similar names.
            "suggests": suggests,
            "wrapped": wrapped,
        }

    def text(self, template: str, values: dict[str, object]) -> str:
        """The text of a rendered template, which must be Python.

        Raises:
            Problem: the template is wrong, or its text is not valid Python.
        """
        text = self.raw(template, values)
        try:
            # Compiled, not only parsed: that also finds two parameters of one name.
            compile(text, template, "exec", dont_inherit=True)
        except SyntaxError as error:
            line = text.splitlines()[(error.lineno or 1) - 1].strip()
            message = _RENDERED_LINE.sub("", error.msg)
            raise self.problem(template, line, f"makes no Python: {message}: {line}") from error
        return text

    def raw(self, template: str, values: dict[str, object]) -> str:
        """The text of a rendered template.

        Raises:
            Problem: the template is wrong.
        """
        try:
            page = self._environment.get_template(f"{template}.jinja")
            return page.render(values)
        except TemplateSyntaxError as error:
            file = f"{TEMPLATES}/{error.name or template}"
            raise Problem(file, error.lineno, str(error.message)) from error
        except Exception as error:
            raise self._problem(error, f"{template}.jinja") from error

    def problem(self, template: str, line: str, text: str) -> Problem:
        """A problem at the line of a template, or of one in it, that renders a line."""
        for name in self._parts(template):
            number = self._line_that_renders(f"{name}.jinja", line)
            if number is not None:
                return Problem(f"{TEMPLATES}/{name}.jinja", number, text)
        return Problem(f"{TEMPLATES}/{template}.jinja", None, text)

    def _parts(self, template: str) -> Iterator[str]:
        """A template, its base templates, and those that they include."""
        chain = [template, *(base.name for base in self._templates.ancestors(template))]
        yield from chain
        for name in chain:
            yield from sorted(
                self._templates.by_name[name].includes & self._templates.by_name.keys()
            )

    def _line_that_renders(self, file: str, line: str) -> int | None:
        written = (self._folder / file).read_text(encoding="utf-8").splitlines()
        for number, source in enumerate(written, 1):
            parts = _EXPRESSION.split(source.strip())
            if len("".join(parts).strip()) > 2:
                pattern = ".*".join(re.escape(part) for part in parts)
                if re.fullmatch(pattern, line):
                    return number
        return None

    def _problem(self, error: Exception, template: str) -> Problem:
        """A problem at the innermost frame of a template: jinja rewrites tracebacks for it."""
        file, line = template, None
        step = error.__traceback__
        while step is not None:
            found = Path(step.tb_frame.f_code.co_filename)
            if found.parent == self._folder:
                file, line = found.name, step.tb_lineno
            step = step.tb_next
        return Problem(f"{TEMPLATES}/{file}", line, str(error))
