"""The door of nodes and counterparts."""
