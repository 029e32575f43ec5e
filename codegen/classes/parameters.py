"""Parameters of constructors: their types, by the variable they supply, and how they are stored."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLNonNull, GraphQLScalarType

from ..configuration.mapping import ListMapping, Parameter
from ..project.problem import suggestion
from ..python.docstrings import argument_text, escaped_text, literal
from ..python.type_expressions import default_fits, narrows, takes_none
from ..queries.selection import is_list_of_strings
from .annotations import Annotation, named
from .class_specs import PAGING, ParameterSpec
from .variables import PAGING_VARIABLES, parameter_names, supplied_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from collections.abc import Mapping as Table

    from ..configuration.mapping import EntityMapping, Mapping
    from ..configuration.scalars import Scalar, Scalars
    from ..project.problem import Origin
    from .operation_specs import Variable
    from .routes import Keys, ResponsePath


@dataclass(frozen=True)
class Parameters:
    """The parameters of one class, and the variables that they supply."""

    mapping: Mapping
    name: str
    entry: ListMapping | EntityMapping
    response_paths: Table[Keys, ResponsePath]
    scalars: Scalars
    properties: Collection[str] = ()
    """Attributes that are in use, so that no parameter can be stored in them."""

    @property
    def names(self) -> list[str]:
        """Every parameter, in the order of the signature."""
        return parameter_names(self.entry)

    def specs(self) -> tuple[ParameterSpec, ...]:
        """All of them, ready to print."""
        for given in self.entry.parameter:
            self.mapping.known(given, self.names, (self.name, "parameter", given), "parameter")
        found = tuple(self._spec(name) for name in self.names)
        self._check_order(found)
        return found

    def arguments(self, response_path: ResponsePath) -> dict[str, str]:
        """The expression for each variable; an optional one without a value is omitted."""
        found = {
            variable.graphql_name: self._argument(response_path, variable)
            for variable in response_path.operation.variables
        }
        return {name: expression for name, expression in found.items() if expression is not None}

    def _argument(self, response_path: ResponsePath, variable: Variable) -> str | None:
        """The expression for a variable; ``None`` if no parameter supplies it."""
        if response_path.to_list and variable.graphql_name in PAGING_VARIABLES:
            return variable.name
        name, dot, rest = supplied_by(self.entry, variable).partition(".")
        if name not in self.names:
            return None
        if not dot:
            owner = response_path.owner
            if owner is not None and owner.variable_names[0] == variable.graphql_name:
                return owner.local
            if self._scalar_to_write(variable):
                return f"self._{name}"
        return self._attribute_of(name, rest, variable)

    def _attribute_of(self, name: str, rest: str, variable: Variable) -> str:
        """A parameter as an instance keeps it, or an attribute of it."""
        whole = f"self.{self.attribute(name)}"
        if not rest:
            return whole
        if not takes_none(self._spec(name).annotation):
            return f"{whole}.{rest}"
        if isinstance(variable.kind, GraphQLNonNull):
            text = f'"{name}" may be None, and ${variable.graphql_name} takes a value'
            raise self.mapping.locations.problem(
                (self.name, "variables", variable.graphql_name), text
            )
        return f"None if {whole} is None else {whole}.{rest}"

    def subject(self) -> str:
        """The expression for the path in error messages, from the constructor's arguments."""
        names: dict[str, str] = {}
        for response_path, variable in self._variables():
            expression = supplied_by(self.entry, variable)
            parameter = expression.partition(".")[0]
            path_variables = {
                graphql_name
                for step in response_path.steps
                for graphql_name in response_path.names(step)
            }
            if variable.graphql_name in path_variables and parameter in self.names:
                key = expression if expression == parameter else variable.name
                names.setdefault(key, expression)
        order = {name: index for index, name in enumerate(self.names)}
        listed = sorted(names.items(), key=lambda it: order[it[1].partition(".")[0]])
        lacking = [f'"{key}", ' for key, it in listed if key != "entity" and self._may_lack(it)]
        given = ", ".join(f"{key}={expression}" for key, expression in listed)
        if not listed:
            return f'"{self.name}"'
        # Attributes of a parameter come from the server; a parameter itself may be wrong.
        checked = any(expression in self.names for _, expression in listed)
        function = "checked_subject" if checked else "subject_of"
        if checked and not isinstance(self.entry, ListMapping):
            function = "(checked_subject if attrs is None else subject_of)"
        return f"{function}({''.join(lacking)}{given})"

    def attribute(self, name: str) -> str:
        """The attribute of an instance that stores a parameter."""
        return f"_{name}" if name in self.properties else name

    def _may_lack(self, expression: str) -> bool:
        return expression in self.names and takes_none(self._spec(expression).annotation)

    def _supplied(self, name: str) -> list[tuple[ResponsePath, Variable]]:
        """The variables whose value is the parameter itself, not an attribute of it."""
        return [
            (response_path, variable)
            for response_path, variable in self._variables()
            if supplied_by(self.entry, variable) == name
            and not (response_path.to_list and variable.graphql_name in PAGING_VARIABLES)
        ]

    def _spec(self, name: str) -> ParameterSpec:
        given = self.entry.parameter.get(name, Parameter())
        keyword = isinstance(self.entry, ListMapping) and name in self.entry.keywords
        if isinstance(self.entry, ListMapping) and name in PAGING:
            return self._paging(name, given, keyword=keyword)
        fed = self._supplied(name)
        annotation = self._annotation(name, given)
        default = given.default
        if default is None and fed and given.type is None:
            default = fed[0][1].default
        if default is not None and not default_fits(default, annotation.text):
            text = f"{default} is no {annotation.text}"
            raise self.mapping.locations.problem((self.name, "parameter", name, "default"), text)
        kept, written, imports = self._kept(name, annotation)
        return ParameterSpec(
            name=name,
            annotation=annotation.text,
            default=default,
            doc=escaped_text(given.doc) or self._described(fed),
            keyword=keyword,
            attribute=self.attribute(name),
            kept=kept,
            written=written,
            imports=annotation.imports | imports,
            origin=self._origin(name),
        )

    def _origin(self, name: str) -> Origin:
        positional = name in self.entry.parameters
        return self.mapping.locations.origin(self.name, "parameters" if positional else "keywords")

    def _described(self, fed: list[tuple[ResponsePath, Variable]]) -> str:
        if not fed:
            return "kept as it is given."
        response_path, variable = fed[0]
        argument = response_path.argument(variable.graphql_name)
        fallback = (
            f"``${variable.graphql_name}`` of the operation ``{response_path.operation.name}``."
        )
        return argument_text(argument.description if argument else None, fallback)

    def _paging(self, name: str, given: Parameter, *, keyword: bool) -> ParameterSpec:
        keys = (self.name, "parameter", name)
        annotation, default, doc = PAGING[name]
        if given.type not in {None, annotation}:
            raise self.mapping.locations.problem((*keys, "type"), f"the pager takes {annotation}")
        if given.default is not None:
            if not default_fits(given.default, annotation):
                text = f"{given.default} is no {annotation}"
                raise self.mapping.locations.problem((*keys, "default"), text)
            default = given.default
        return ParameterSpec(
            name=name,
            annotation=annotation,
            default=default,
            doc=escaped_text(given.doc) or doc,
            keyword=keyword,
            attribute=name,
            kept=name,
            written=None,
            imports=frozenset(),
            origin=self._origin(name),
        )

    def _annotation(self, name: str, given: Parameter) -> Annotation:
        keys = (self.name, "parameter", name, "type")
        derived = self._derived(name)
        if given.type is None:
            if derived is None:
                known = {supplied_by(self.entry, variable) for _, variable in self._variables()}
                listed = "parameters" if name in self.entry.parameters else "keywords"
                raise self.mapping.locations.problem(
                    (self.name, listed),
                    f'"{name}" is no variable of the operation and has no type'
                    f"{suggestion(name, known)}",
                )
            return derived
        if derived is None:
            return Annotation(given.type)
        if self._choices(name) and given.type != derived.text:
            text = f"the choices say {derived.text}; leave it out"
            raise self.mapping.locations.problem(keys, text)
        # An owner may be None: the client can look it up.
        nullable = takes_none(derived.text) or name in self._owners()
        if not narrows(given.type, derived.text) or takes_none(given.type) > nullable:
            graphql_name = self._supplied(name)[0][1].graphql_name
            text = f"{given.type} is not what feeds ${graphql_name}, which takes {derived.text}"
            raise self.mapping.locations.problem(keys, text)
        return Annotation(given.type, derived.imports)

    def _variables(self) -> Iterator[tuple[ResponsePath, Variable]]:
        for response_path in self.response_paths.values():
            for variable in response_path.operation.variables:
                yield response_path, variable

    def _owners(self) -> set[str]:
        return {
            supplied_by(self.entry, variable)
            for response_path, variable in self._variables()
            if (owner := response_path.owner) and owner.variable_names[0] == variable.graphql_name
        }

    def _choices(self, name: str) -> list[str]:
        """What the parameter that chooses the operation may be, as literals."""
        if isinstance(self.entry, ListMapping) and self.entry.choose == name:
            return [literal(choice) for choice in self.entry.choices]
        return []

    def _derived(self, name: str) -> Annotation | None:
        """The annotation and default of a parameter, from the variable that it supplies."""
        if choices := self._choices(name):
            return Annotation(f"Literal[{', '.join(choices)}]", frozenset({("typing", "Literal")}))
        found: Annotation | None = None
        for response_path, variable in self._supplied(name):
            annotation = Annotation(variable.annotation, variable.imports)
            scalar = self._scalar_to_write(variable)
            if scalar is not None and scalar.parameter is not None:
                text, imports = named(scalar.parameter)
                annotation = Annotation(text, imports)
                if not isinstance(variable.kind, GraphQLNonNull):
                    annotation = annotation.optional
            if found is not None and found.text != annotation.text:
                raise self.mapping.locations.problem(
                    (self.name, "parameters"),
                    f'"{name}" feeds variables of different types: {found.text}, and '
                    f"{annotation.text} as ${variable.graphql_name} of "
                    f"{response_path.operation.name}",
                )
            found = annotation
        return found

    def _scalar_to_write(self, variable: Variable) -> Scalar | None:
        """The scalar of a variable whose value is converted from the argument."""
        kind = variable.kind
        kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        scalar = self.scalars.get(kind.name) if isinstance(kind, GraphQLScalarType) else None
        if scalar is None or scalar.writer is None:
            return None
        given = self.entry.parameter.get(supplied_by(self.entry, variable), Parameter()).type
        type_name = named(scalar.parameter or "")[0]
        return scalar if given in {None, type_name, f"{type_name} | None"} else None

    def _kept(
        self, name: str, annotation: Annotation
    ) -> tuple[str, str | None, frozenset[tuple[str, str]]]:
        """The expressions for what an instance stores and sends, and their imports."""
        if choices := self._choices(name):
            listed = ", ".join(choices) + ("," if len(choices) == 1 else "")
            return f'check_choice({name}, ({listed}), "{name}")', None, frozenset()
        missing = f"None if {name} is None else " if takes_none(annotation.text) else ""
        for response_path, variable in self._supplied(name):
            if response_path.order == variable.graphql_name:
                return f'check_order({name}, "{name}")', None, frozenset()
            scalar = self._scalar_to_write(variable)
            if scalar is not None and scalar.writer is not None:
                writer, imports = named(scalar.writer)
                kept = name
                if scalar.check is not None:
                    check, more = named(scalar.check)
                    kept, imports = f'{check}({name}, "{name}")', imports | more
                return kept, f'{missing}{writer}({name}, "{name}")', imports
            if is_list_of_strings(variable.kind):
                return f'{missing}check_strings({name}, "{name}")', None, frozenset()
        return name, None, frozenset()

    def _check_order(self, found: tuple[ParameterSpec, ...]) -> None:
        optional: str | None = None
        for item in found:
            if item.keyword:
                continue
            if item.default is not None:
                optional = item.name
            elif optional is not None:
                text = f'"{item.name}" has no default and comes after "{optional}", which has one'
                raise self.mapping.locations.problem((self.name, "parameters"), text)
