"""Photos that come in pieces (tus): what was announced, and the pieces that are here."""

import sqlalchemy as sa

import inspect_app.storage.base
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("submission_id", sa.String(36), nullable=False),
        sa.Column("photo_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("exif", sa.JSON(), nullable=False),
        sa.Column("created_at", inspect_app.storage.base.Utc(), nullable=False),
        sa.Column("expires_at", inspect_app.storage.base.Utc(), nullable=False),
    )
    op.create_index("ix_upload_submission_id", "upload", ["submission_id"])
    op.create_index("ix_upload_state_expires_at", "upload", ["state", "expires_at"])
    op.create_table(
        "upload_piece",
        sa.Column("upload_id", sa.String(36), sa.ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("upload_piece")
    op.drop_table("upload")
