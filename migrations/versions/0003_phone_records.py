"""What phones tell beside the answers: their clock, captions, blurred copies; and what was merged of two phones."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("clock_offset", sa.Integer(), nullable=True))
    op.add_column("submission", sa.Column("merge", sa.JSON(), nullable=True))
    op.add_column("photo", sa.Column("caption", sa.String(300), nullable=False, server_default=""))
    op.add_column("photo", sa.Column("covers", sa.String(36), nullable=True))
    op.add_column("photo", sa.Column("covered", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("photo", "covered")
    op.drop_column("photo", "covers")
    op.drop_column("photo", "caption")
    op.drop_column("submission", "merge")
    op.drop_column("submission", "clock_offset")
