"""The profile of each drop, in counts, and what became of each rule in it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the two tables; drops judged before have no profile and no states."""
    op.create_table(
        "profile",
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "kind", "field", "key", name=op.f("pk_profile")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_profile_drop_id")),
        sa.CheckConstraint(
            "kind IN ('records', 'month', 'filled', 'unexplained', 'code', 'mark')",
            name=op.f("ck_profile_kind"),
        ),
        sa.CheckConstraint("count >= 0", name=op.f("ck_profile_count")),
    )
    op.create_table(
        "rule_state",
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("judged", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "rule", name=op.f("pk_rule_state")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_rule_state_drop_id")),
        sa.CheckConstraint(
            "state IN ('ran', 'could_not_run', 'does_not_apply')", name=op.f("ck_rule_state_state")
        ),
        sa.CheckConstraint("failed >= 0 AND failed <= judged", name=op.f("ck_rule_state_counts")),
        sa.CheckConstraint("(state = 'ran') = (judged > 0)", name=op.f("ck_rule_state_judged")),
        sa.CheckConstraint("(state = 'ran') = (why = '')", name=op.f("ck_rule_state_why")),
    )


def downgrade() -> None:
    """Drop the profiles and the states."""
    op.drop_table("rule_state")
    op.drop_table("profile")
