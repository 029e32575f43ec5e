"""What garbage collection and deduplication at the commit need to know."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what this release has beyond the one before."""
    op.add_column(
        "versions", sa.Column("deduplicate", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("versions", sa.Column("same_as", sa.Integer))
    op.create_index("entries_by_blob", "entries", ["blob"])
    op.create_table(
        "pending_blobs",
        sa.Column(
            "version_id",
            sa.Integer,
            sa.ForeignKey("versions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("blob", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("blob", "version_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("pending_blobs_by_version", "pending_blobs", ["version_id"])
