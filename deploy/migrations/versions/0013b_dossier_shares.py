"""A dossier lent to another agency by a share of its own: the case itself stays closed to it. A dossier row is never deleted.

Revision ID: 0013b
"""

from pathlib import Path

from alembic import op

revision = "0013b"
down_revision = "0014b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the SQL file beside this one; the whole migration is one transaction, so a kill leaves nothing half done."""
    op.get_bind().connection.driver_connection.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
