"""Run by Alembic: the steps that a database lacks, in the transaction that `migrating.py` began."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
