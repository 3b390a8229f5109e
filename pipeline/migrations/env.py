"""Run the migrations on the connection, and in the transaction, that `pipeline.migrations` was given."""

from alembic import context

from pipeline.ledger import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite's too, once the transaction is begun by hand as ours is.
    render_as_batch=True,  # SQLite alters a table by copying it.
)
with context.begin_transaction():
    context.run_migrations()
