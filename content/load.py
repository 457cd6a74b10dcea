"""Content as bytes and as trees: which files a checkout's content folders hold, and YAML read strictly.

YAML is read without aliases, tags (but that of timestamps), duplicate keys, NaN, and without the words and numbers that YAML 1.1 silently turns
into something else (`no`, `012`, `9:30`). Fractions are `Decimal`. Every refusal names file, line and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from content.faults import Fault
from kernel.errors import BadContent

FOLDERS: Final = ("processes", "forms", "templates", "rules")
# Extension → the most bytes such a file may have, and the folders it may lie in.
_EXTENSIONS: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    ".yaml": (4_000_000, FOLDERS),
    ".bpmn": (4_000_000, ("processes",)),
    ".dmn": (4_000_000, ("processes", "rules")),
    ".docx": (10_000_000, ("templates",)),
}
_TREE_BYTES = 300_000_000
_DEPTH = 50
_NODES = 400_000
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_PATH = re.compile(r"(?:processes|forms|templates|rules)/(?:national|provinces/\d{6})(?:/[A-Za-z0-9_.-]+)+\Z")
_AMBIGUOUS = re.compile(r"(?:yes|no|on|off|y|n|true|false|null)\Z", re.IGNORECASE)
_OCTAL = re.compile(r"[-+]?0[0-7_]+\Z")
_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FRACTION = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?\Z")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|nan)\Z", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[-+]\d{2}:\d{2})?\Z")


class Block(dict[str, Any]):
    """A YAML mapping that knows the line it began on and the line of each key (from 1)."""

    line: int = 0

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def tree(root: Path) -> dict[str, bytes]:
    """Every content file under `root`, by its path with `/`. Raises `BadContent` for what does not belong there."""
    found: dict[str, bytes] = {}
    total = 0
    for folder in FOLDERS:
        for path in _walk(root / folder):
            name = path.relative_to(root).as_posix()
            size = path.stat().st_size
            if reason := stranger(name, size):
                raise BadContent(name, 0, reason)
            total += size
            if total > _TREE_BYTES:
                raise BadContent(name, 0, f"内容文件合计超过 {_TREE_BYTES // 1_000_000} MB,请移出无关文件")
            found[name] = path.read_bytes()
    return found


def _walk(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise BadContent(path.as_posix(), 0, "内容目录中不允许符号链接,请放入文件本身")
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def stranger(path: str, size: int) -> str | None:
    """Why a file may not be content (Chinese), or None."""
    folder, extension = path.partition("/")[0], Path(path).suffix
    if not _PATH.match(path) or "/../" in path or "/./" in path:
        return "路径应为 processes、forms、templates、rules 之一下的 national/… 或 provinces/<6 位区划代码>/…,文件名用英文字母、数字、下划线"
    if extension not in _EXTENSIONS or folder not in _EXTENSIONS[extension][1]:
        return f"{folder}/ 中不允许 {extension or '无扩展名'} 文件:内容只有 YAML、BPMN、DMN 和 DOCX,没有程序"
    limit = _EXTENSIONS[extension][0]
    return f"文件超过 {limit // 1_000_000} MB,请拆分或压缩图片" if size > limit else None


def strangers(files: Mapping[str, bytes]) -> list[Fault]:
    """Files that may not be content."""
    reasons = ((path, stranger(path, len(body))) for path, body in sorted(files.items()))
    return [Fault(path, "", "stranger", reason) for path, reason in reasons if reason]


def document(file: str, data: bytes) -> Block:
    """A YAML file whose top is a mapping. Raises `BadContent`."""
    value = parse(file, data)
    if not isinstance(value, Block):
        raise BadContent(file, 1, "文件最外层应为“键: 值”的形式")
    return value


def parse(file: str, data: bytes) -> Any:
    """Any YAML: `Block`, list, str, bool, int, `Decimal`, date, datetime or None. Raises `BadContent`."""
    if len(data) > _EXTENSIONS[".yaml"][0]:
        raise BadContent(file, 0, "YAML 文件过大,请拆分")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadContent(file, data[: error.start].count(b"\n") + 1, "不是 UTF-8 编码,请另存为 UTF-8") from error
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "无法识别"
        line, what = _explained(str(reason), text, mark.line + 1 if mark else 0)
        raise BadContent(file, line, f"YAML 格式有误:{what}") from error
    return builder.result


# A wide colon after a key, or wide brackets and commas outside quotation marks.
_WIDE = re.compile(r"(?:\s*(?:- )?\{?\s*[\w.]+\s*|[^'\"]*?[{,]\s*\w+\s*)(\uff1a)|[^'\"]*?([\uff5b\uff5d\u3010\u3011])")


def _explained(reason: str, text: str, line: int) -> tuple[int, str]:
    """Where YAML's own complaint comes from, and what: told by the line that it stopped at and the one before."""
    lines = text.split("\n")
    for number in (line - 1, line):
        one = lines[number - 1].partition("#")[0] if 1 <= number <= len(lines) else ""
        if "\t" in one[: len(one) - len(one.lstrip())]:
            return number, "用了 Tab 缩进,请改用空格,与上下各行对齐"
        if found := _WIDE.match(one):
            return number, f"用了全角的“{found[1] or found[2]}”,请改用半角的"
    return line, f"请检查本行和上一行:缩进应与同一层的各行对齐,冒号后面空一格,引号和括号成对({reason})"


class _Builder:
    """Builds the value from YAML events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.result: Any = None
        self._stack: list[Any] = []
        self._keys: list[str | None] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """One event."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadContent(self.file, line, "不允许 YAML 锚点和别名(& 和 *),请逐项写明")
        if getattr(event, "tag", None) not in (None, "!", _TIMESTAMP):
            raise BadContent(self.file, line, f"不允许 YAML 标签 {event.tag}")
        if isinstance(event, yaml.NodeEvent):
            self._count(line)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise BadContent(self.file, line, "一个文件只能有一个 YAML 文档,请去掉“---”")
            case yaml.MappingStartEvent():
                self._open(Block(line), line)
            case yaml.SequenceStartEvent():
                self._open([], line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._stack.pop()
                self._keys.pop()
            case yaml.ScalarEvent():
                self._scalar(event, line)

    def _count(self, line: int) -> None:
        self._nodes += 1
        if self._nodes > _NODES:
            raise BadContent(self.file, line, f"内容超过 {_NODES} 项,请拆分文件")

    def _open(self, container: Any, line: int) -> None:
        if len(self._stack) >= _DEPTH:
            raise BadContent(self.file, line, f"嵌套超过 {_DEPTH} 层")
        if self._stack and isinstance(self._stack[-1], Block) and self._keys[-1] is None:
            raise BadContent(self.file, line, "键应为文字")
        self._put(container, line)
        self._stack.append(container)
        self._keys.append(None)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        waits_for_key = self._stack and isinstance(self._stack[-1], Block) and self._keys[-1] is None
        if waits_for_key:
            self._key(event.value, line)
        elif event.tag == _TIMESTAMP:
            moment = self._moment(event.value, line)
            if isinstance(moment, str):
                raise BadContent(self.file, line, f"“{event.value}”不是日期时间")
            self._put(moment, line)
        else:
            self._put(event.value if event.style else self._plain(event.value, line), line)

    def _key(self, key: str, line: int) -> None:
        block = self._stack[-1]
        if key in block:
            raise BadContent(self.file, line, f"键“{key}”重复(已见于第 {block.lines[key]} 行),请合并或改名")
        if key in ("<<", ""):
            raise BadContent(self.file, line, "不允许空键和合并键 <<")
        block.lines[key] = line
        self._keys[-1] = key

    def _put(self, value: Any, line: int) -> None:
        if not self._stack:
            self.result = value
            return
        top = self._stack[-1]
        if isinstance(top, list):
            top.append(value)
            return
        key = self._keys[-1]
        top[key] = value
        self._keys[-1] = None

    def _plain(self, text: str, line: int) -> Any:
        """An unquoted scalar."""
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _AMBIGUOUS.match(text):
            raise BadContent(self.file, line, f"“{text}”含义不明:是否请写 true 或 false,文字请加引号")
        if _NOT_A_NUMBER.match(text):
            raise BadContent(self.file, line, "不允许无穷大和非数字")
        if _OCTAL.match(text) or _SIXTY.match(text):
            raise BadContent(self.file, line, f"“{text}”会被误读为别的数字,请加引号")
        if _INTEGER.match(text):
            return int(text)
        if _FRACTION.match(text):
            return Decimal(text)
        return self._moment(text, line)

    def _moment(self, text: str, line: int) -> Any:
        try:
            if _DAY.match(text):
                return date.fromisoformat(text)
            if _INSTANT.match(text):
                return datetime.fromisoformat(text.replace("t", "T"))
        except ValueError as error:
            raise BadContent(self.file, line, f"“{text}”不是存在的日期时间") from error
        return text
