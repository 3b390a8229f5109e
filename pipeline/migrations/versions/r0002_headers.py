"""The header of each drop, a row a column, so that a change of layout is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the table of headers; drops judged before have none."""
    op.create_table(
        "drop_column",
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "position", name=op.f("pk_drop_column")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_drop_column_drop_id")),
        sa.CheckConstraint("position > 0", name=op.f("ck_drop_column_position")),
    )


def downgrade() -> None:
    """Drop the headers."""
    op.drop_table("drop_column")
