"""Where the things of a user go that name no entity, as the user may choose it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; NULL is the user's own entity."""
    with op.batch_alter_table("users") as users:
        users.add_column(
            sa.Column(
                "default_entity_id",
                sa.Integer,
                sa.ForeignKey(
                    "entities.id", name="users_default_entity_id_fkey", ondelete="SET NULL"
                ),
            )
        )
