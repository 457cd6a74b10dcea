"""The command line as an operator uses it: help in Chinese, reports as JSON, refusals as sentences."""

import json
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from api import serving

ROOT = Path(__file__).parent.parent.parent
COMMANDS = [
    "serve", "worker", "migrate", "demo", "bench", "try", "check", "publish", "verify", "backup", "restore", "content list", "content diff",
    "content proposed", "content export", "law import", "law imports", "law deadlines", "law risks", "calendar show", "calendar list", "calendar publish", "audit verify", "audit search", "numbers list", "numbers blocks", "numbers reserve", "numbers give-back", "audit link", "audit anchor", "user list", "user add", "user disable", "user password", "user grant", "conformance dmn",
]  # fmt: skip
REPORTING = {"try", "check", "publish", "verify", "backup", "restore"}


def zhicheng(*arguments, node=None, settings=()):
    """Runs the command in a process of its own."""
    named = [f"PYTHONPATH={':'.join(sys.path)}", *settings]
    if node is not None:
        named += [f"ZC_DSN={node.settings.dsn}", f"ZC_VAR={node.settings.var}", f"ZC_APP_ROLE={node.settings.app_role}"]
    return subprocess.run(["env", *named, sys.executable, "-m", "api.cli", *arguments], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, check=False)  # fmt: skip


def test_every_command_explains_itself_in_chinese():
    from typer.testing import CliRunner

    from api.cli import app

    for command in COMMANDS:
        done = CliRunner().invoke(app, [*command.split(), "--help"])
        assert done.exit_code == 0, command
        assert re.search(r"[\u4e00-\u9fff]{4}", done.stdout), command
        if command in REPORTING or " " in command:
            assert "--json" in done.stdout, command


def test_people_are_added_granted_and_shut_out(small):
    made = zhicheng(
        "user", "add", "zhang.san", "--name", "张三", "--agency", "440100", "--role", "officer", "--json", node=small
    )
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["password"]) >= 10
    clash = zhicheng("user", "grant", "zhang.san", "audit_admin", "--agency", "440100", node=small)
    assert clash.returncode == 1
    assert "不得兼任" in clash.stderr
    unknown = zhicheng("user", "grant", "zhang.san", "emperor", "--agency", "440100", node=small)
    assert "没有角色" in unknown.stderr
    assert zhicheng("user", "disable", "zhang.san", node=small).returncode == 0
    rows = {r["login"]: r for r in json.loads(zhicheng("user", "list", "--json", node=small).stdout)}
    assert rows["zhang.san"]["disabled"] is True
    assert rows["zhang.san"]["roles"] == ["officer@440100"]


def test_numbers_are_reserved_and_given_back_and_the_audit_tells_of_it(small):
    made = zhicheng("numbers", "reserve", "440100", "case", "3", "--officer", "officer_1", "--json", node=small)
    assert made.returncode == 0, made.stderr
    block = json.loads(made.stdout)
    assert len(block["numbers"]) == 3
    back = zhicheng("numbers", "give-back", "440100", block["id"], "--reason", "设备报废", node=small)
    assert "作废 3 个" in back.stdout, back.stderr
    listed = zhicheng("numbers", "list", "440100", "case", str(block["year"]), node=small).stdout
    assert all(f"{text}  作废  设备报废" in listed for text in block["numbers"])
    assert "未用 0" in zhicheng("numbers", "blocks", "440100", node=small).stdout
    wrong = zhicheng("numbers", "reserve", "440100", "nothing", "3", "--device", "P1", node=small)
    assert wrong.returncode == 1
    found = zhicheng("audit", "search", "--verb", "number.reserve", "--json", node=small)
    assert [row["outcome"] for row in json.loads(found.stdout)] == ["refused", "done"]


def test_the_audit_is_verified_and_anchored(small, tmp_path):
    anchored = zhicheng("audit", "anchor", str(tmp_path / "anchor"), node=small)
    assert anchored.returncode == 0, anchored.stderr
    verdict = json.loads(zhicheng("audit", "verify", "--anchor", str(tmp_path / "anchor"), "--json", node=small).stdout)
    assert verdict["ok"] is True
    assert verdict["linked"] >= 1


def test_releases_are_listed_and_exported(small, tmp_path):
    rows = json.loads(zhicheng("content", "list", "--json", node=small).stdout)
    assert rows[0]["ground"] == "测试"
    assert zhicheng("content", "export", str(tmp_path / "out"), node=small).returncode == 0
    assert (tmp_path / "out/processes/national/small_case/process.bpmn").exists()
    assert "新增" in zhicheng("content", "diff", node=small).stdout


def test_a_busy_port_is_said_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = zhicheng("serve", "--port", str(port))
    assert done.returncode == 1
    assert f"端口 {port} 已被占用" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_is_no_dossier_fails_the_verifier(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    done = zhicheng("verify", str(tmp_path / "x.zip"), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["faults"]


def test_a_database_that_is_away_is_a_sentence():
    done = zhicheng("migrate", settings=["ZC_DSN=host=127.0.0.1 port=1 dbname=x user=x connect_timeout=2"])
    assert done.returncode == 1
    assert "Traceback" not in done.stderr, done.stderr
    assert "数据库" in done.stderr


@pytest.mark.parametrize("arguments", [["user", "password", "nobody"], ["publish", "--ground", " "], ["restore", "."]])
def test_refusals_are_sentences(small, arguments):
    done = zhicheng(*arguments, node=small)
    assert done.returncode == 1
    assert "怎么办" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_the_product_is_said_to_be_there_when_its_door_opens_and_not_before(small):
    said = []
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        door.bind(("127.0.0.1", 0))
        telling = threading.Thread(target=serving.welcome, args=(small, door, said.append), daemon=True)
        telling.start()
        telling.join(0.5)
        assert said == []
        door.listen()
        telling.join(30)
        assert f"http://127.0.0.1:{door.getsockname()[1]}/" in said[0]
