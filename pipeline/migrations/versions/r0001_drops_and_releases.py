"""Drops with their sums, findings and files; releases with their inputs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the five tables."""
    op.create_table(
        "drop",
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("force_id", sa.String, nullable=False),
        sa.Column("book", sa.String, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("sentence", sa.Text),
        sa.Column("lines", sa.BigInteger),
        sa.Column("header", sa.BigInteger),
        sa.Column("blank", sa.BigInteger),
        sa.Column("notes", sa.BigInteger),
        sa.Column("parsed_lines", sa.BigInteger),
        sa.Column("refused", sa.BigInteger),
        sa.Column("rows", sa.BigInteger),
        sa.Column("accepted", sa.BigInteger),
        sa.Column("held", sa.BigInteger),
        sa.Column("duplicate", sa.BigInteger),
        sa.Column("withdrawn", sa.BigInteger),
        sa.Column("out_of_scope", sa.BigInteger),
        sa.Column("records", sa.BigInteger),
        sa.Column("accepted_records", sa.BigInteger),
        sa.Column("held_records", sa.BigInteger),
        sa.Column("period_from", sa.Date),
        sa.Column("period_to", sa.Date),
        sa.Column("mapping_fingerprint", sa.Text),
        sa.Column("code_version", sa.String),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_drop")),
        sa.UniqueConstraint("drop_id", name=op.f("uq_drop_drop_id")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_drop_sha256")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_drop_size")),
        sa.CheckConstraint("state IN ('arrived', 'collated', 'refused', 'nil')", name=op.f("ck_drop_state")),
        sa.CheckConstraint(
            "state <> 'refused' OR sentence IS NOT NULL", name=op.f("ck_drop_refused_with_sentence")
        ),
        sa.CheckConstraint("state <> 'nil' OR rows = 0", name=op.f("ck_drop_nil_without_rows")),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_drop_period")),
        sa.CheckConstraint(
            "state = 'arrived' OR (settled_at IS NOT NULL AND mapping_fingerprint IS NOT NULL "
            "AND code_version IS NOT NULL AND lines IS NOT NULL AND header IS NOT NULL "
            "AND blank IS NOT NULL AND notes IS NOT NULL AND parsed_lines IS NOT NULL "
            "AND refused IS NOT NULL AND rows IS NOT NULL AND accepted IS NOT NULL AND held IS NOT NULL "
            "AND duplicate IS NOT NULL AND withdrawn IS NOT NULL AND out_of_scope IS NOT NULL "
            "AND records IS NOT NULL AND accepted_records IS NOT NULL AND held_records IS NOT NULL)",
            name=op.f("ck_drop_settled_whole"),
        ),
        sa.CheckConstraint(
            "lines >= 0 AND header >= 0 AND blank >= 0 AND notes >= 0 AND parsed_lines >= 0 "
            "AND refused >= 0 AND rows >= 0 AND accepted >= 0 AND held >= 0 AND duplicate >= 0 "
            "AND withdrawn >= 0 AND out_of_scope >= 0 AND records >= 0 AND accepted_records >= 0 "
            "AND held_records >= 0",
            name=op.f("ck_drop_counts"),
        ),
        sa.CheckConstraint(
            "lines = header + blank + notes + parsed_lines + refused", name=op.f("ck_drop_lines_balance")
        ),
        sa.CheckConstraint(
            "rows = accepted + held + duplicate + withdrawn + out_of_scope", name=op.f("ck_drop_rows_balance")
        ),
    )
    op.create_index(op.f("ix_drop_force_id_book"), "drop", ["force_id", "book"])
    op.create_table(
        "drop_finding",
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "rule", "severity", "field", name=op.f("pk_drop_finding")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_drop_finding_drop_id")),
        sa.CheckConstraint("severity IN ('error', 'query', 'note')", name=op.f("ck_drop_finding_severity")),
        sa.CheckConstraint("count > 0", name=op.f("ck_drop_finding_count")),
    )
    op.create_table(
        "drop_file",
        sa.Column("drop_id", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "name", name=op.f("pk_drop_file")),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_drop_file_drop_id")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_drop_file_sha256")),
    )
    op.create_table(
        "release",
        sa.Column("release_id", sa.String, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("code_version", sa.String, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release")),
        sa.UniqueConstraint("month", "revision", name=op.f("uq_release_month_revision")),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_release_month")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_release_revision")),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_release_content_hash")),
    )
    op.create_table(
        "release_input",
        sa.Column("release_id", sa.String, nullable=False),
        sa.Column("drop_id", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("release_id", "drop_id", name=op.f("pk_release_input")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.release_id"], name=op.f("fk_release_input_release_id")
        ),
        sa.ForeignKeyConstraint(["drop_id"], ["drop.drop_id"], name=op.f("fk_release_input_drop_id")),
    )
    op.create_index(op.f("ix_release_input_drop_id"), "release_input", ["drop_id"])


def downgrade() -> None:
    """Drop the five tables with all they hold."""
    op.drop_table("release_input")
    op.drop_table("release")
    op.drop_table("drop_file")
    op.drop_table("drop_finding")
    op.drop_table("drop")
