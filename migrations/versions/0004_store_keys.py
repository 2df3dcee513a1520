"""The keys under which phones seal what they keep for a person."""

import sqlalchemy as sa

import inspect_app.storage.base
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "store_key",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", inspect_app.storage.base.Utc(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("store_key")
