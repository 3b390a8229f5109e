"""How the tables of a ledger written by an earlier version become those of this one.

Each file in `versions/` is one step, written by hand and never changed once released: it is history, so it
imports nothing from the ledger. A new step names the one before it in `down_revision`, and
`pipeline.ledger.SCHEMA_REVISION` names the newest. No ini file is needed: opening a ledger runs the steps it
lacks.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the ledger on a connection up to a revision, inside the connection's transaction."""
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the ledger on a connection back to a revision, inside the connection's transaction."""
    command.downgrade(_config(connection), revision)


def revisions() -> list[str]:
    """Return every revision, oldest first."""
    return [each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def knows(revision: str) -> bool:
    """Return whether a revision is one of ours."""
    return revision in revisions()


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    # A per cent sign in a folder's name would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
