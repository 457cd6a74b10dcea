"""Deadlines, discretion, guards and decisions: every answer names the article it rests on."""
