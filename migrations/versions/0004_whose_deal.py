"""Which rep of the team a deal is with: the sheet's column, and the team's page.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deal", sa.Column("owner", sa.String(200), nullable=False, server_default=""))
