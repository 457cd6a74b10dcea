"""What makes content wrong: one small function per fault, grouped by what they look at. Composed in engine/check.py."""
