"""What does not apply to PostgreSQL, by the beginning of a test's id, and why."""

SKIPPED: dict[str, str] = {}
