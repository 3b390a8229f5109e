"""The log of acts, how each drop stands, the answers of forces, and how each release is marked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

REFUSED = "an act is never changed or removed"


def upgrade() -> None:
    """Create the four tables; the log begins here, and drops taken in before stand."""
    op.create_table(
        "act",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("did", sa.String, nullable=False),
        sa.Column("force_id", sa.String, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_act")),
        sa.UniqueConstraint("hash", name=op.f("uq_act_hash")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_act_sequence")),
        sa.CheckConstraint("who <> ''", name=op.f("ck_act_who")),
        sa.CheckConstraint("length(hash) = 64 AND length(previous) = 64", name=op.f("ck_act_chained")),
    )
    op.create_index(op.f("ix_act_subject"), "act", ["subject"])
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER act_no_{deed.lower()} BEFORE {deed} ON act "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION act_stays() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON act "
            "FOR EACH STATEMENT EXECUTE FUNCTION act_stays()"
        )
    op.create_table(
        "standing",
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("resend", sa.String, nullable=False),
        sa.Column("ruling", sa.String),
        sa.Column("standing", sa.String, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("drop_id", name=op.f("pk_standing")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_standing_drop_id")),
        sa.CheckConstraint("resend IN ('amend', 'full', 'delta')", name=op.f("ck_standing_resend")),
        sa.CheckConstraint("ruling IN ('approved', 'reverted')", name=op.f("ck_standing_ruling")),
        sa.CheckConstraint("standing IN ('stands', 'waits', 'reverted')", name=op.f("ck_standing_standing")),
        sa.CheckConstraint("(standing = 'stands') = (because = '')", name=op.f("ck_standing_because")),
    )
    op.create_table(
        "answer",
        sa.Column("answer_id", sa.String, nullable=False),
        sa.Column("force_id", sa.String, nullable=False),
        sa.Column("book", sa.String, nullable=False),
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("row_key", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_answer_drop_id")),
        sa.CheckConstraint("reason <> '' AND who <> ''", name=op.f("ck_answer_given")),
    )
    op.create_index(op.f("ix_answer_force_id_book"), "answer", ["force_id", "book"])
    op.create_table(
        "release_mark",
        sa.Column("release_id", sa.String, nullable=False),
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("signed_by", sa.Text),
        sa.Column("signed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release_mark")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.release_id"], name=op.f("fk_release_mark_release_id")
        ),
        sa.CheckConstraint("mark IN ('provisional', 'final', 'revised')", name=op.f("ck_release_mark_mark")),
        sa.CheckConstraint("(signed_by IS NULL) = (signed_at IS NULL)", name=op.f("ck_release_mark_signed")),
    )


def downgrade() -> None:
    """Drop the four tables with all they hold."""
    op.drop_table("release_mark")
    op.drop_table("answer")
    op.drop_table("standing")
    op.drop_table("act")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION act_stays()")
