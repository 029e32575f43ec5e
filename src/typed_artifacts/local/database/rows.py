"""Types of SQLAlchemy rows and statements.

SQLAlchemy types a row by the columns written out in `select()`; ours come from tuples shared
between statements, so that their values are `Any` here and get their types from the node, or the
annotated variable, that takes them.
"""

from typing import Any, TypeAlias

import sqlalchemy as sa

Row: TypeAlias = sa.Row[*tuple[Any, ...]]
Select: TypeAlias = sa.Select[*tuple[Any, ...]]
# A column or expression that is compared with a value of a request.
Expression: TypeAlias = sa.ColumnElement[Any]
