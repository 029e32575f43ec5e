"""Runs database migrations; imported only if there are any, because Alembic is slow to load."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def migrate(connection: sa.Connection) -> None:
    """Brings the tables up to this release, as a part of the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", "typed_artifacts.local.database:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
