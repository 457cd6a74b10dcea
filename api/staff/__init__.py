"""The door of officers, supervisors and administrators."""
