"""Checks whether a database has the tables of this release."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.ddl import DDLElement

from . import tables

# The migrations in their order; one for each module in migrations/versions.
REVISIONS = ("0001", "0002", "0003", "0004")
VERSION_TABLE = "alembic_version"
REVISION: sa.Table = sa.Table(
    VERSION_TABLE, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a database has: the columns of each table, and the names of its indexes."""

    tables: dict[str, frozenset[str]]
    indexes: frozenset[str]

    def has_any_table(self) -> bool:
        """Whether it has one of a registry's tables."""
        return bool(self.tables.keys() & tables.metadata.tables.keys())

    def lacks(self, more_indexes: Sequence[str] = ()) -> str | None:
        """The first thing that this release needs and that is not there."""
        for name, table in tables.metadata.tables.items():
            if name not in self.tables:
                return f"the table {name}"
            for column in (*table.columns.keys(),):
                if column not in self.tables[name]:
                    return f"the column {name}.{column}"
        indexes = (index for table in tables.metadata.tables.values() for index in table.indexes)
        for index in (*(str(each.name) for each in indexes), *more_indexes):
            if index not in self.indexes:
                return f"the index {index}"
        return None


def make_tables(connection: sa.Connection, more: Sequence[str] = ()) -> None:
    """Makes the tables of this release where they are not yet; `more` are further statements."""
    for statement in (*_definitions(connection.dialect.name), *more):
        connection.exec_driver_sql(statement)
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        REVISION.create(connection)
        connection.execute(sa.insert(REVISION).values(version_num=REVISIONS[-1]))


@cache
def _definitions(dialect: str) -> tuple[str, ...]:
    """What makes the tables, as text: programs that open many new registries compile it once."""
    made: list[DDLElement] = [
        CreateTable(table, if_not_exists=True) for table in tables.metadata.sorted_tables
    ]
    made += [
        CreateIndex(index, if_not_exists=True)
        for table in tables.metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    chosen = sa.make_url(f"{dialect}://").get_dialect()()
    return tuple(str(each.compile(dialect=chosen)) for each in made)
