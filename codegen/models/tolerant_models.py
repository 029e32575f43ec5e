"""An ariadne-codegen plugin: models that accept responses of newer and older servers."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ariadne_codegen.plugins.base import Plugin
from ariadne_codegen.utils import needs_explicit_alias
from graphql import (
    DirectiveLocation,
    FieldNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLScalarType,
    GraphQLSchema,
    Node,
    parse,
    print_ast,
)
from typing_extensions import override

from ..project.toml import table
from ..python.names import enum_member, without_class_conflict
from ..queries.optional_directive import OPTIONAL, optional_mark, read_marks
from .input_defaults import input_default, set_default

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .type_names import OtherTypes

_MARKED = [DirectiveLocation.FIELD, DirectiveLocation.VARIABLE_DEFINITION]


class TolerantModels(Plugin):
    """Generates models that accept responses of other servers, and pass type checkers.

    Of no project in particular: with a class for open enums it would serve any.
    """

    open_enum = ("open_enum", "OpenEnum")
    """The module and name of the base class of enums that keep unknown values."""
    other_than = ("type_names", "OtherThan")
    """The module and name of the class that refuses names of types."""
    level = 1
    """The number of dots in a relative import of those modules from a model."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, object]) -> None:
        super().__init__(schema, config_dict)
        self.other_types: Mapping[str, OtherTypes] = {}
        """What classes refuse that are one of several for an object."""
        self.inherited: Mapping[str, Collection[str]] = {}
        """The fragments whose models the model of a fragment extends."""

    @override
    def process_schema(self, schema: GraphQLSchema) -> GraphQLSchema:
        """Add ``@optional`` to the schema, for the validation of queries."""
        string = schema.type_map["String"]
        assert isinstance(string, GraphQLScalarType)
        mark = GraphQLDirective(OPTIONAL, _MARKED, {"feature": GraphQLArgument(string)})
        schema.directives = (*schema.directives, mark)
        return schema

    @override
    def process_name(self, name: str, node: Node | None = None) -> str:
        """Rename a field if every model class has its name; names of values have no node."""
        return name if node is None else without_class_conflict(name)

    @override
    def generate_enum(self, class_def: ast.ClassDef, enum_type: GraphQLEnumType) -> ast.ClassDef:
        """Make an enum open, and rename values whose names Python reserves."""
        class_def.bases = [ast.Name(self.open_enum[1])]
        for statement, name in zip(class_def.body, enum_type.values, strict=True):
            if isinstance(statement, ast.Assign):
                statement.targets = [ast.Name(enum_member(name))]
        return class_def

    @override
    def generate_enums_module(self, module: ast.Module) -> ast.Module:
        """Import the base class of the enums."""
        source, name = self.open_enum
        imported = ast.ImportFrom(source, [ast.alias(name)], self.level)
        module.body = [
            imported if isinstance(item, ast.ImportFrom) and item.module == "enum" else item
            for item in module.body
        ]
        return ast.fix_missing_locations(module)

    @override
    def generate_result_class(
        self, class_def: ast.ClassDef, operation_definition: object, selection_set: object
    ) -> ast.ClassDef:
        """Remove repeated fields and base classes, and refuse type names of other classes.

        A field may be asked for around and inside of ``... on``, and a fragment in another one too.
        """
        bases = {ast.unparse(base): base for base in class_def.bases}
        repeated = {name for base in bases for name in self.inherited.get(base, ())}
        class_def.bases = [base for name, base in bases.items() if name not in repeated]
        fields = {_name_of(statement): statement for statement in class_def.body}
        class_def.body = [*fields.values()]
        if class_def.name in self.other_types:
            _refuse(class_def, self.other_types[class_def.name], self.other_than[1])
        return class_def

    @override
    def generate_result_field(
        self, field_implementation: ast.AnnAssign, operation_definition: object, field: FieldNode
    ) -> ast.AnnAssign:
        """Type ``__typename`` as a string, to accept types that a newer server adds."""
        is_conditional = False
        if field.name.value == "__typename":
            field_implementation.annotation = ast.Name("str")
            is_conditional = bool(field.directives)
        if optional_mark(field) is not None or is_conditional:
            _make_optional(field_implementation)
        return field_implementation

    @override
    def generate_result_types_module(
        self, module: ast.Module, operation_definition: object
    ) -> ast.Module:
        """Import the class that refuses names of types; unused imports are removed later."""
        return self._with_import(module)

    @override
    def generate_fragments_module(
        self, module: ast.Module, fragments_definitions: object
    ) -> ast.Module:
        """Import the class that refuses names of types."""
        return self._with_import(module)

    def _with_import(self, module: ast.Module) -> ast.Module:
        source, name = self.other_than
        module.body.insert(0, ast.ImportFrom(source, [ast.alias(name)], self.level))
        return ast.fix_missing_locations(module)

    @override
    def generate_input_field(
        self, field_implementation: ast.AnnAssign, input_field: object, field_name: str
    ) -> ast.AnnAssign:
        """Write defaults as Python literals, and aliases into annotations.

        A checker takes ``Field(alias=)`` for the name.
        """
        assert isinstance(input_field, GraphQLInputField)
        written = input_field.ast_node.default_value if input_field.ast_node else None
        if written is not None:
            value = input_default(written, input_field.type, self._types())
            set_default(field_implementation, value or ast.Constant(None))
            if value is None:  # a member that is left out has the server's default
                _annotate_optional(field_implementation)
        given = field_implementation.value
        if not isinstance(given, ast.Call):
            return field_implementation
        alias = [item for item in given.keywords if item.arg == "alias"]
        if alias:
            field = ast.Call(ast.Name("Field"), [], [*alias])
            pair = ast.Tuple([field_implementation.annotation, field])
            field_implementation.annotation = ast.Subscript(ast.Name("Annotated"), pair)
            rest = [it for it in given.keywords if it.arg != "alias"]
            plain = [it.value for it in rest if it.arg == "default"]
            made = ast.Call(ast.Name("Field"), [], rest) if rest else None
            field_implementation.value = plain[0] if plain else made
        return field_implementation

    def _types(self) -> dict[str, str]:
        """Scalar → its Python type."""
        section = table(table(self.config_dict, "tool"), "ariadne-codegen")
        rows = {name: table(table(section, "scalars"), name) for name in self.schema.type_map}
        return {name: str(row["type"]) for name, row in rows.items() if "type" in row}

    @override
    def generate_result_types_code(self, generated_code: str) -> str:
        """Mark imports that pydantic needs later, so that type checkers do not report them."""
        mark = "# noqa: F401"
        return generated_code.replace(mark, f"{mark}  # pyright: ignore[reportUnusedImport]")

    @override
    def generate_operation_str(self, operation_str: str, operation_definition: object) -> str:
        """Remove ``@optional`` from the document: it is only for the generator."""
        return print_ast(read_marks(parse(operation_str))[0])


def _name_of(statement: ast.stmt) -> str:
    """The name of a field; the text of any other statement, such as ``pass``."""
    return ast.unparse(statement.target if isinstance(statement, ast.AnnAssign) else statement)


def _refuse(class_def: ast.ClassDef, other: OtherTypes, refusing: str) -> None:
    """Make a class refuse names of types; a class that inherits the field gets its own."""
    call = ast.Call(ast.Name(refusing), [ast.Constant(name) for name in other.names], [])
    annotation = ast.Subscript(ast.Name("Annotated"), ast.Tuple([ast.Name("str"), call]))
    attribute = other.field.attribute
    for statement in class_def.body:
        if isinstance(statement, ast.AnnAssign) and _name_of(statement) == attribute:
            statement.annotation = annotation
            return
    value = None
    if needs_explicit_alias(attribute, other.field.name, use_alias_generator=True):
        alias = ast.keyword("alias", ast.Constant(other.field.name))
        value = ast.Call(ast.Name("Field"), [], [alias])
    field = ast.AnnAssign(ast.Name(attribute), annotation, value, simple=1)
    class_def.body = [field, *(it for it in class_def.body if not isinstance(it, ast.Pass))]


def _make_optional(field: ast.AnnAssign) -> None:
    """Make a field that may be omitted optional, with the default ``None``."""
    _annotate_optional(field)
    if isinstance(field.value, ast.Call):
        keywords = [item for item in field.value.keywords if item.arg != "default"]
        field.value.keywords = keywords
        field.value.keywords.append(ast.keyword("default", ast.Constant(None)))
    else:
        field.value = ast.Constant(None)


def _annotate_optional(field: ast.AnnAssign) -> None:
    annotation = field.annotation
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    if not (isinstance(outer, ast.Name) and outer.id == "Optional"):
        field.annotation = ast.Subscript(ast.Name("Optional"), annotation)
