"""The door of citizens and parties."""
