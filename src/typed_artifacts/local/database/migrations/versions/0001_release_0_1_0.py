"""The tables as release 0.1.0 made them, which wrote down no revision: nothing to be done."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Leave everything as it is."""
