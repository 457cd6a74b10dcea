"""What every command of the operator's command line needs: the node, and a report as lines or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer

from kernel.work import LOCAL, Node

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]


def say(text: str) -> None:
    """A line for the operator."""
    typer.echo(text)


def told(value: Any, as_json: bool, lines: Iterator[str] | list[str]) -> None:
    """The report: as JSON, or as lines."""
    if as_json:
        say(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
        return
    for line in lines:
        say(line)


@contextmanager
def opened(*, migrated: bool = True) -> Iterator[Node]:
    """The node that the settings name; a database that was never migrated (or is another version's) is refused."""
    from api import nodes
    from kernel import db, log
    from kernel.settings import settings

    log.set_up(settings())
    node = nodes.open_node(settings(), pool=2)
    try:
        if migrated:
            db.demand_migrated(node.db.owner)
            nodes.refresh(node)
        yield node
    finally:
        node.db.close()


def local(at: datetime) -> str:
    """An instant as people in China read it, to the minute."""
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def instant(text: str | None) -> datetime | None:
    """A date and time as an operator types it; without an offset it is of China. `BadParameter` when it is none."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("应为日期时间,如 2026-03-02T09:00") from error
    return at if at.tzinfo else at.replace(tzinfo=LOCAL)
