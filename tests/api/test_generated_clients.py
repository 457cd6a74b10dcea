"""Clients in two languages, made by generators of others from the published contract: each logs in, lists and completes.

REQ-PLAT-01-02. What a generator cannot take (two shapes under one name, an enum named twice) is a fault of the contract.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from kernel.settings import ROOT
from tests.api.conftest import PASSWORD, start
from tools import web

CLIENTS = Path(__file__).parent / "clients"
ANSWERS = json.dumps({"case_summary": "六轴车超限"})
# Lines of JSON for devices and a label as SVG: the generator knows no such types and says so.
KNOWN = {"POST /api/field/{model}/{records}", "GET /api/staff/property/{item_id}/label"}


def run(*command: str, cwd: Path) -> str:
    """What the program prints; its own words when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def contract(address, tmp_path):
    """The contract as the server publishes it, as a file."""
    file = tmp_path / "openapi.json"
    file.write_bytes(httpx.get(f"{address}/openapi.json", timeout=300).content)
    return file


def seen(printed: str) -> dict[str, object]:
    return json.loads(printed.splitlines()[-1])  # type: ignore[no-any-return]


def test_a_client_in_python_logs_in_lists_and_completes(contract, address, come_in, tmp_path):
    start(come_in("officer_1"))
    generator = "from openapi_python_client.cli import app; app()"
    said = run(sys.executable, "-c", generator, "generate", "--path", str(contract), "--output-path", str(tmp_path / "client"),
               "--meta", "none", cwd=tmp_path)  # fmt: skip
    lacking = {
        line.removeprefix("WARNING parsing ").split(" within")[0]
        for line in said.splitlines()
        if "WARNING parsing" in line
    }
    assert lacking <= KNOWN
    assert "Unable to" not in said
    told = seen(
        run(
            sys.executable,
            str(CLIENTS / "use_client.py"),
            str(tmp_path),
            address,
            "officer_2",
            PASSWORD,
            ANSWERS,
            cwd=tmp_path,
        )
    )
    assert told["element"] == "fill"
    assert set(told["opened"]) == {"look", "ask"}


def test_a_client_in_typescript_logs_in_lists_and_completes(contract, address, come_in, tmp_path):
    start(come_in("officer_1"))
    web.install()
    os.symlink(ROOT / "web/staff/node_modules", tmp_path / "node_modules")
    (tmp_path / "use_client.ts").write_bytes((CLIENTS / "use_client.ts").read_bytes())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    node, modules = web.node(), tmp_path / "node_modules"
    run(node, str(modules / "openapi-typescript/bin/cli.js"), str(contract), "-o", "schema.d.ts", cwd=tmp_path)
    strict = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--allowImportingTsExtensions",
        "--types",
        "node",
    ]
    run(node, str(modules / "typescript/bin/tsc"), *strict, "--skipLibCheck", "use_client.ts", cwd=tmp_path)
    told = seen(run(node, "use_client.ts", address, "officer_2", PASSWORD, ANSWERS, cwd=tmp_path))
    assert told["element"] == "fill"
    assert set(told["opened"]) == {"look", "ask"}
