"""Dossiers: what was sealed, where it is kept and how long, who read or borrowed it, what is to be destroyed; the keys that sign them.

Revision ID: 0013
"""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the SQL file beside this one; the whole migration is one transaction, so a kill leaves nothing half done."""
    op.get_bind().connection.driver_connection.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
