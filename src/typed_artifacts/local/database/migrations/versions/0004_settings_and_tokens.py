"""What all processes of a registry have to know alike: settings, and who has signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "settings",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("value", _TEXT, nullable=False),
    )
    op.create_table(
        "access_tokens",
        sa.Column("digest", _TEXT, primary_key=True),
        sa.Column(
            "user_id", _INTEGER, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("expires_at", _TEXT, nullable=False),
    )
    op.create_index("access_tokens_by_end", "access_tokens", ["expires_at"])
