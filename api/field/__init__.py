"""The door of devices and phones."""
