"""The process that opens templates: patches, checks, compiles and fills them, and nothing else.

Run by path (`python -I child.py`), so that it loads none of the product: a template that takes over this process finds no
settings, no database and no secrets. It talks in frames over stdin and stdout (`!II` lengths, JSON head, body) and is
limited by RLIMIT_AS, by processor seconds per job and by its parent's clock; it cannot write files.

Placeholders are Jinja2 as docxtpl reads them in a DOCX, in an immutable sandbox with autoescape, without globals, and only
of the kinds in `_ALLOWED`: names, columns of a repeated row, conditions. A call is not among them, so a template can
compute nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import resource
import struct
import sys
import zipfile
from typing import Any, BinaryIO

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup, escape

MEMORY = 512 * 1024 * 1024
# Above the number of national papers: a cache smaller than the round of papers would compile each again.
CACHE = 128
MAX_RESULT = 60 * 1024 * 1024
_FILLED_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml$")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FILTERS = ("join", "length")
_TESTS = ("filled", "defined")
_LOOP = ("index", "first", "last", "length")
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.For,
    nodes.If,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Test,
    nodes.Filter,
)


class BadTemplate(Exception):
    """What is wrong with a template, as Chinese sentences."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(";".join(faults))
        self.faults = faults


def _filled(value: object) -> bool:
    return value not in (None, "", "/", [], False)


def _shown(value: object) -> Markup:
    """A value as run text. `\\a` makes docxtpl begin a new paragraph; `{_{` would be turned into braces by it."""
    text = "" if value is None else str(value)
    safe = (
        str(escape(text))
        .replace("{_", "{&#95;")
        .replace("_}", "&#95;}")
        .replace("%_", "%&#95;")
        .replace("_%", "&#95;%")
    )
    return Markup(safe.replace("\n", "\a"))  # noqa: S704 — escaped two lines above


def environment() -> ImmutableSandboxedEnvironment:
    """The sandbox that every template runs in."""
    env = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_shown)
    env.globals.clear()
    env.filters = {name: env.filters[name] for name in _FILTERS}
    env.tests = {"defined": env.tests["defined"], "filled": _filled}
    return env


ENV = environment()


def _parse(name: str, body: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BadTemplate([f"{name} 不是完好的 XML(第 {error.lineno} 行),请用 Word 重新保存"]) from error


def _node_faults(tree: nodes.Template) -> list[str]:
    """Constructs outside the small language of placeholders."""
    faults = []
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            faults.append(f"不允许的占位语法 {type(node).__name__}:模板只能写栏目名、逐行重复和条件")
        elif isinstance(node, nodes.Getattr) and not isinstance(node.node, nodes.Name):
            faults.append(f"不允许的多级取值 .{node.attr}")
        elif isinstance(node, nodes.Name | nodes.Getattr):
            word = node.name if isinstance(node, nodes.Name) else node.attr
            of_loop = isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "loop"
            if word.startswith("_") or (of_loop and word not in _LOOP):
                faults.append(f"不允许的名称 {word}")
        elif isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            faults.append(f"不允许的过滤器 {node.name}")
        elif isinstance(node, nodes.Test) and node.name not in _TESTS:
            faults.append(f"不允许的判断 {node.name}")
        elif isinstance(node, nodes.For) and (node.recursive or not isinstance(node.iter, nodes.Name)):
            faults.append("逐行重复只能写成 for 行 in 栏目")
    return faults


def _uses(tree: nodes.Template) -> tuple[set[str], dict[str, set[str]]]:
    """The fields that a part names, and per repeated or composed field the columns it names."""
    names: set[str] = set()
    columns: dict[str, set[str]] = {}

    def walk(node: nodes.Node, rows: dict[str, str]) -> None:
        if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name) and isinstance(node.iter, nodes.Name):
            names.add(node.iter.name)
            rows = {**rows, node.target.name: node.iter.name, "loop": node.iter.name}
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name != "loop":
            columns.setdefault(rows.get(node.node.name, node.node.name), set()).add(node.attr)
        if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in rows:
            names.add(node.name)
        for child in node.iter_child_nodes():
            walk(child, rows)

    walk(tree, {})
    return names, columns


class Compiled:
    """One template, ready to be filled many times."""

    def __init__(self, docx: bytes) -> None:
        self.entries: list[tuple[str, bytes]] = []
        self.filled: dict[str, Template] = {}
        self.names: set[str] = set()
        self.columns: dict[str, set[str]] = {}
        self.pages: list[tuple[int, int]] = []
        self.text = ""
        faults: list[str] = []
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            for name in sorted(archive.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
                body = archive.read(name)
                self.entries.append((name, body))
                if _FILLED_PARTS.match(name):
                    faults += self._take(name, body)
        if faults:
            raise BadTemplate(sorted(set(faults)))

    def _take(self, name: str, body: bytes) -> list[str]:
        root = _parse(name, body)
        for size in root.iter(f"{_W}pgSz"):
            self.pages.append((int(size.get(f"{_W}w", 0)), int(size.get(f"{_W}h", 0))))
        source = etree.tostring(root, encoding="unicode")
        for text in ("".join(t.text or "" for t in p.iter(f"{_W}t")) for p in root.iter(f"{_W}p")):
            if re.search(r"\{[{%#](r|tc)\s", text):
                return [f"{name} 用了 {{{{r / {{%tc 写法,请改用普通占位或整行重复"]
        patched = PATCHER.patch_xml(source)
        try:
            tree = ENV.parse(patched)
        except TemplateError as error:
            return [f"{name} 占位语法有误:{error.message}"]
        if faults := [f"{name} {fault}" for fault in _node_faults(tree)]:
            return faults
        names, columns = _uses(tree)
        self.names |= names
        for field, found in columns.items():
            self.columns.setdefault(field, set()).update(found)
        self.filled[name] = ENV.from_string(re.sub(r"<w:p([ >])", r"\n<w:p\1", patched))
        return []

    def fill(self, context: dict[str, Any]) -> bytes:
        """The DOCX with its placeholders filled; the same bytes for the same template and context."""
        result = io.BytesIO()
        with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, body in self.entries:
                info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o600 << 16
                archive.writestr(info, self._part(name, context) if name in self.filled else body)
        return result.getvalue()

    def _part(self, name: str, context: dict[str, Any]) -> bytes:
        xml = self.filled[name].render(context)
        xml = PATCHER.resolve_listing(re.sub(r"\n<w:p([ >])", r"<w:p\1", xml))
        # Parsed once more, strictly: what is not well-formed must never become a paper with text cut off.
        return bytes(
            etree.tostring(_parse(name, xml.encode()), xml_declaration=True, encoding="UTF-8", standalone=True)
        )


PATCHER = DocxTemplate(io.BytesIO())
_cache: dict[str, Compiled] = {}


def _limit(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, resource.RLIM_INFINITY))


def answer(head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """One job: `inspect` or `fill` a template. The head of the answer has `faults` when it is refused."""
    _limit(int(head["seconds"]))
    key = hashlib.sha256(body).hexdigest() if body else str(head["key"])
    try:
        if key not in _cache:
            if not body:
                return {"need": True}, b""
            if len(_cache) >= CACHE:
                del _cache[next(iter(_cache))]
            _cache[key] = Compiled(body)
        made = _cache[key]
        if head["do"] == "inspect":
            columns = {k: sorted(v) for k, v in made.columns.items()}
            return {"names": sorted(made.names), "columns": columns, "pages": made.pages}, b""
        result = made.fill(head["context"])
        return ({"ok": True}, result) if len(result) <= MAX_RESULT else ({"faults": ["文书过大"]}, b"")
    except BadTemplate as error:
        return {"faults": error.faults}, b""
    except TemplateError as error:
        return {"faults": [f"占位无法填写:{error.message}"]}, b""
    except MemoryError:
        return {"faults": ["模板占用内存过多"], "dying": True}, b""
    except (RecursionError, ValueError, TypeError, KeyError, zipfile.BadZipFile, etree.LxmlError) as error:
        return {"faults": [f"模板无法处理({type(error).__name__}),请用 Word 重新保存"], "dying": True}, b""


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        sys.exit(0)
    return data


def main() -> None:
    """Serve jobs until stdin closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head_size, body_size = struct.unpack("!II", _read(source, 8))
        head = json.loads(_read(source, head_size))
        reply, body = answer(head, _read(source, body_size))
        text = json.dumps(reply, ensure_ascii=False).encode()
        sink.write(struct.pack("!II", len(text), len(body)) + text + body)
        sink.flush()


if __name__ == "__main__":
    main()
