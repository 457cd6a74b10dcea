"""Manifests: what a folder that speaks with the world outside (a counterpart, a device model) says of itself.

    <name>/manifest.yaml    the first key names the folder (`counterpart: <name>` or `device: <name>`)
    <name>/*.py             may import the standard library, the shared `wire`, its own folder, and what `imports` lists
    <name>/examples/*.yaml  real bytes and what they mean

Found, never listed: a new folder needs no edit anywhere. Reads files; runs nothing of the folder.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from kernel.errors import BadContent

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}\Z")
_SETTING = re.compile(r"[A-Z][A-Z0-9_]{1,59}\Z")
_LENGTH = re.compile(r"(\d{1,5})(ms|s|m|h|d)\Z")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Manifest:
    """One folder and what its manifest says. `settings`: name → what it means (Chinese)."""

    kind: str
    name: str
    folder: Path
    told: Mapping[str, Any]

    @property
    def settings(self) -> Mapping[str, str]:
        """Setting → its meaning."""
        found = self.told.get("settings") or {}
        return {str(key): str(text) for key, text in found.items()}

    def examples(self) -> list[tuple[str, dict[str, Any]]]:
        """File → example, in order of the files' names."""
        return [(path.name, _yaml(path)) for path in sorted((self.folder / "examples").glob("*.yaml"))]


def folders(root: Path, kind: str) -> list[Manifest]:
    """The folders of a kind (`counterpart`, `device`) under a package's directory, by name. `BadContent` for a broken file."""
    return [Manifest(kind, path.parent.name, path.parent, _yaml(path)) for path in sorted(root.glob("*/manifest.yaml"))]


def _yaml(path: Path) -> dict[str, Any]:
    place = "/".join(path.parts[-3:])
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise BadContent(place, line, "不是可读的 YAML") from error
    if not isinstance(value, dict):
        raise BadContent(place, 1, "文件最外层应为“键: 值”的形式")
    return value


def length(text: object) -> timedelta:
    """`500ms 30s 5m 1h 3d` as a duration; `ValueError`."""
    found = _LENGTH.match(str(text))
    if found is None:
        raise ValueError(f"“{text}”不是时长,应如 30s、5m、1h、3d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def faults(manifest: Manifest, needed: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a folder whatever it speaks: name, owner, settings, imports, examples."""
    told = manifest.told
    if told.get(manifest.kind) != manifest.name or not _NAME.match(manifest.name):
        yield f"{manifest.kind} 应与文件夹同名({manifest.name}),只用小写字母、数字、下划线"
    yield from (f"缺少 {key}" for key in ("name", "owner", *needed) if not told.get(key))
    if not isinstance(told.get("settings") or {}, dict):
        yield "settings 应为 设置名: 含义"
        return
    for name, meaning in manifest.settings.items():
        if not _SETTING.match(name) or not name.startswith(manifest.name.upper() + "_"):
            yield f"设置 {name} 应以 {manifest.name.upper()}_ 开头,大写"
        if not meaning.strip():
            yield f"设置 {name} 没有写明含义"
    used, listed = imports(manifest.folder), set(told.get("imports") or [])
    yield from (f"代码引用了 {name},manifest 的 imports 没有列出" for name in sorted(used - listed))
    yield from (f"imports 列出 {name},代码没有引用" for name in sorted(listed - used))
    if not (manifest.folder / "__init__.py").exists():
        yield "缺少 __init__.py"


def imports(folder: Path) -> set[str]:
    """Top-level modules that a folder's code imports beyond the standard library, the shared `wire` and itself."""
    own = f"{folder.parent.name}.{folder.name}"
    shared = f"{folder.parent.name}.wire"
    found: set[str] = set()
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{own}.{node.module or ''}" if node.level else str(node.module)]
            found |= {name for name in names if name != shared and not f"{name}.".startswith(f"{own}.")}
    return {name.partition(".")[0] for name in found} - set(sys.stdlib_module_names) - {"__future__"}
