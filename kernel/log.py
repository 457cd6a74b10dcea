"""Structured logs: one JSON object a line on standard error. Events and identifiers, never personal data."""

from __future__ import annotations

import logging
import sys

import structlog

from kernel.settings import Settings


def set_up(settings: Settings) -> None:
    """Called once per process."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; `name` tells the room."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(room=name)
    return bound
