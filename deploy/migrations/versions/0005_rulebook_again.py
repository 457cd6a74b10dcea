"""The rulebook again: search, what risk rules look up, provinces' calendars, law imports.

Revision ID: 0005
"""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0007b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the SQL file beside this one; the whole migration is one transaction, so a kill leaves nothing half done."""
    # The driver's own cursor, without parameters: the text holds percent signs and many statements.
    op.get_bind().connection.driver_connection.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
