"""Every command on a database that was never migrated: one sentence with the remedy, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api import cli
from kernel import log
from kernel import settings as kernel_settings
from kernel.db import demand_migrated

# These bring a database to its version, or make one of their own, or need none.
NOT_ASKED = {
    "serve", "migrate", "restore", "demo", "bench", "simulate", "try", "content walk", "check", "content", "verify", "draw verify",
    "integrations check", "devices check", "conformance dmn",
}  # fmt: skip


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


EVERY = dict(commands(typer.main.get_command(cli.app)))


def words(command: Any, file: Path, folder: Path) -> Iterator[str]:
    """What the command must be given, something of each kind."""
    for one in command.params:
        if not one.required:
            continue
        if one.param_type_name == "option":
            yield one.opts[0]
        match one.type.name:
            case "choice":
                yield str(one.type.choices[0])
            case "file" | "path" | "directory":
                yield str(folder if one.name == "target" or not one.type.file_okay else file)
            case "int" | "int range" | "integer" | "integer range":
                yield str(min(2026, getattr(one.type, "max", None) or 2026))
            case _:
                yield "x"


@pytest.fixture
def empty(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database without a table, which the settings name."""
    name = "never_migrated"
    server.create(name, "template0")
    for key, value in {
        "DSN": server.dsn(name, "zc_owner"),
        "VAR": str(tmp_path / "var"),
        "APP_ROLE": server.app_role,
    }.items():
        monkeypatch.setenv(f"ZC_{key}", value)
    monkeypatch.setattr(log, "set_up", lambda settings: None)  # the logs of this process stay those of the tests
    kernel_settings.settings.cache_clear()
    yield server.dsn(name, "zc_owner")
    kernel_settings.settings.cache_clear()
    server.drop(name)


def test_every_command_says_what_helps(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "given.yaml"
    file.write_text("days: []\n", "utf-8")
    monkeypatch.setattr("getpass.getpass", lambda *_: "x")
    folder = tmp_path / "folder"
    folder.mkdir()
    asked = {name: command for name, command in EVERY.items() if name not in NOT_ASKED}
    assert len(asked) >= 40
    wrong = []
    for name, command in asked.items():
        monkeypatch.setattr(sys, "argv", ["zhicheng", *name.split(), *words(command, file, folder)])
        try:
            with pytest.raises(SystemExit) as ended:
                cli.main()
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__} {error}")
            continue
        said = capsys.readouterr()
        if ended.value.code != 1 or "怎么办:请先运行 zhicheng migrate" not in said.err:
            wrong.append(f"{name}: {ended.value.code} {said.out[-300:]} {said.err[-300:]}")
    assert not wrong, "\n".join(wrong)


def test_a_database_of_another_version_is_told_apart(server: Any, node: Any) -> None:
    from kernel.errors import Refusal

    demand_migrated(node.settings.dsn)
    for version, said in (("0002", "比本程序"), ("9999", "新")):
        with server.superuser(node.settings.dsn.split("dbname=")[1].split()[0]) as connection:
            connection.execute("update alembic_version set version_num = %s", (version,))
        with pytest.raises(Refusal, match=said):
            demand_migrated(node.settings.dsn)
