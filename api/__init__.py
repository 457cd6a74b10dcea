"""The doors: translate and authenticate, never decide."""
