"""Templates and files made to harm (reliability S1, S7, S8): nothing is executed, nothing overruns, every refusal is told."""

import random
import time
import zipfile
from pathlib import Path

import pytest

from engine.papers import package, render, template
from engine.papers.pool import BadPaper, Pool
from tests.papers.conftest import RELS, TYPES, a_docx, a_yaml, zipped

PROOF = "/tmp/zhicheng-ssti-proof"
RUN = f"popen('touch {PROOF}').read()"
SSTI = [
    f"{{{{ cycler.__init__.__globals__.os.{RUN} }}}}",
    f"{{{{ lipsum.__globals__['os'].{RUN} }}}}",
    f"{{{{ joiner.__init__.__globals__.os.{RUN} }}}}",
    f"{{{{ namespace.__init__.__globals__.os.{RUN} }}}}",
    f"{{{{ self.__init__.__globals__.__builtins__.__import__('os').{RUN} }}}}",
    f"{{{{ self._TemplateReference__context.cycler.__init__.__globals__.os.{RUN} }}}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ().__class__.__bases__[0].__subclasses__() }}",
    f"{{{{ x.__class__.__init__.__globals__['os'].{RUN} }}}}",
    "{{ x|attr('__class__')|attr('__mro__') }}",
    "{{ x|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ x['__class__'] }}",
    "{{ x.__getattribute__('__class__') }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ x.format_map(y) }}",
    "{{ x|map(attribute='__class__')|list }}",
    "{{ x|safe }}",
    f"{{% set a = cycler.__init__.__globals__.os.{RUN} %}}{{{{ a }}}}",
    f"{{% if cycler.__init__.__globals__.os.{RUN} %}}1{{% endif %}}",
    f"{{% for a in cycler.__init__.__globals__.os.{RUN} %}}{{{{ a }}}}{{% endfor %}}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% extends '/etc/passwd' %}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{{ m() }}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}{{ x.__class__ }}{% endfilter %}",
    "{{ range(10000000000)|list }}",
    "{{ 'a' * 10000000000 }}",
    "{{ 10 ** 10000000 }}",
    "{{ x.upper.__func__.__globals__ }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ loop.__class__ }}",
    "{{ _ }}{{ __builtins__ }}",
    "{% set x.y = 1 %}",
    "{% do x.append(1) %}",
    "{{ x.__init__ }}",
    "{{ (x|string).__class__ }}",
]


@pytest.fixture(scope="module")
def pool():
    made = Pool(size=1)
    yield made
    made.close()


def sheet(*paragraphs: str, docx: bytes = b"") -> template.Template:
    return template.describe("document.yaml", a_yaml("  x: {from: fact, element: x}\n"), docx or a_docx(*paragraphs))


@pytest.mark.parametrize("payload", SSTI)
def test_no_template_executes_anything(pool, payload):
    escaped = payload.replace("&", "&amp;").replace("<", "&lt;")
    with pytest.raises(BadPaper) as refused:
        render.render(sheet(escaped), {"x": "值", "y": {"a": 1}}, pool=pool)
    assert not Path(PROOF).exists()
    assert any("一" <= char <= "鿿" for char in refused.value.detail)


@pytest.mark.parametrize("payload", SSTI[:12])
def test_the_sandbox_alone_also_refuses(payload):
    # What would stand between a template and this machine if the list of allowed constructs had a hole.
    from jinja2 import TemplateError

    from engine.papers.child import environment

    with pytest.raises(TemplateError):
        environment().from_string(payload).render({"x": "值"})
    assert not Path(PROOF).exists()


def test_a_split_payload_is_found_where_word_splits_runs(pool):
    split = "{{ cyc</w:t></w:r><w:r><w:t>ler.__init__.__glo</w:t></w:r><w:r><w:t>bals__ }}"
    with pytest.raises(BadPaper):
        render.render(sheet(split), {"x": "值"}, pool=pool)


def test_a_processor_bomb_is_ended_within_ten_seconds_and_the_next_paper_is_made(pool):
    loops = "".join(f"{{% for {v} in x %}}" for v in "abcdefgh")
    bomb = sheet(loops + "{% if a is defined %}{% endif %}" + "{% endfor %}" * 8)
    begun = time.monotonic()
    with pytest.raises(BadPaper) as refused:
        render.render(bomb, {"x": list(range(60))}, pool=pool)
    assert pool.wall < 10
    assert time.monotonic() - begun <= 30  # a slow machine counts its seconds late
    assert "限制" in refused.value.detail
    assert render.render(sheet("{{ x }}"), {"x": "仍可制作"}, pool=pool)


def test_a_memory_bomb_stays_below_512_mib():
    alone = Pool(size=1)
    try:
        assert render.render(sheet("{{ x }}"), {"x": "预热"}, pool=alone)
        child = alone._idle[0]
        status = Path(f"/proc/{child.process.pid}/status")
        peaks: list[int] = []
        import threading

        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                try:
                    peaks.extend(
                        int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")
                    )
                except OSError:
                    return
                time.sleep(0.02)

        watcher = threading.Thread(target=watch)
        watcher.start()
        bomb = sheet(
            "{% for a in x %}{% for b in x %}{% for c in x %}{{ b }}{{ c }}{% endfor %}{% endfor %}{% endfor %}"
        )
        begun = time.monotonic()
        with pytest.raises(BadPaper):
            render.render(bomb, {"x": ["长" * 3000] * 300}, pool=alone)
        assert time.monotonic() - begun <= 30
        done.set()
        watcher.join()
        assert peaks
        assert max(peaks) <= 512 * 1024
        assert render.render(sheet("{{ x }}"), {"x": "仍可制作"}, pool=alone)
    finally:
        alone.close()


def test_the_child_sees_no_settings_and_cannot_write(pool):
    render.render(sheet("{{ x }}"), {"x": "1"}, pool=pool)
    pid = pool._idle[0].process.pid
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"ZC_" not in environment
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max file size             0" in limits
    assert f"{512 * 1024 * 1024}" in limits


def external(kind: str) -> str:
    return RELS.replace(
        "</Relationships>",
        f'<Relationship Id="r9" Type="http://x/relationships/{kind}" Target="http://10.0.0.1/x" TargetMode="External"/></Relationships>',
    )


def field_code(code: str) -> bytes:
    return a_docx(f"x</w:t></w:r><w:r><w:instrText>{code}</w:instrText></w:r><w:r><w:t>")


def lying_bomb() -> bytes:
    """A document.xml whose header says it is small."""
    docx = a_docx("x", more={"word/big.xml": b"0" * (40 * 1024 * 1024)})
    size = (40 * 1024 * 1024).to_bytes(4, "little")
    return docx.replace(size, (1000).to_bytes(4, "little"))


def symlink() -> bytes:
    import io

    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        link = zipfile.ZipInfo("word/document.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("[Content_Types].xml", TYPES)
    return result.getvalue()


UNSAFE = {
    "empty": b"",
    "no zip": b"%PDF-1.7",
    "truncated": a_docx("x")[:-30],
    "not word": zipped({"a.txt": "x"}),
    "traversal": a_docx("x", more={"../../etc/cron.d/x": "x"}),
    "absolute": a_docx("x", more={"/etc/passwd": "x"}),
    "windows": a_docx("x", more={"C:\\x.txt": "x"}),
    "macro": a_docx("x", more={"word/vbaProject.bin": b"x"}),
    "macro type": zipped(
        {
            "[Content_Types].xml": TYPES.replace("document.main", "document.macroEnabled.main"),
            "word/document.xml": "<x/>",
        }
    ),
    "object": a_docx("x", more={"word/embeddings/a.xlsx": b"x"}),
    "activex": a_docx("x", more={"word/activeX/activeX1.xml": b"<x/>"}),
    "external picture": a_docx("x", more={"word/_rels/document.xml.rels": external("image")}),
    "external template": a_docx("x", more={"word/_rels/settings.xml.rels": external("attachedTemplate")}),
    "alt chunk": a_docx("x", more={"word/_rels/document.xml.rels": external("aFChunk")}),
    "dde": field_code('DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"'),
    "include": field_code('INCLUDETEXT "/etc/passwd"'),
    "split field": a_docx(
        "x</w:t></w:r><w:r><w:instrText>INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE x</w:instrText></w:r><w:r><w:t>"
    ),
    "doctype": zipped(
        {
            "[Content_Types].xml": TYPES,
            "word/document.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        }
    ),
    "utf-16": zipped({"[Content_Types].xml": TYPES, "word/document.xml": "<a/>".encode("utf-16")}),
    "bomb": a_docx("x", more={"word/big.xml": b"0" * (60 * 1024 * 1024)}),
    "lying bomb": lying_bomb(),
    "too many": a_docx("x", more={f"word/{n}.xml": "<a/>" for n in range(2001)}),
    "symlink": symlink(),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_file_is_refused_quickly_with_a_chinese_reason(name):
    begun = time.process_time()
    reason = package.unsafe(UNSAFE[name])
    assert reason
    assert any("一" <= char <= "鿿" for char in reason)
    assert time.process_time() - begun <= 2


def test_a_hyperlink_is_no_danger():
    assert package.unsafe(a_docx("x", more={"word/_rels/document.xml.rels": external("hyperlink")})) is None
    assert package.unsafe(field_code("HYPERLINK x")) is None
    assert package.unsafe(field_code(" PAGE ")) is None


def mutated(source: bytes, rng: random.Random) -> bytes:
    """The template with some bytes changed, cut or doubled: in the ZIP, or in its document.xml."""
    if rng.random() < 0.4:
        data = bytearray(source)
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data[: rng.randrange(1, len(data))]) if rng.random() < 0.3 else bytes(data)
    parts = package.parts(source)
    body = bytearray(parts["word/document.xml"])
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(body))
        kind = rng.randrange(3)
        if kind == 0:
            body[at] = rng.randrange(256)
        elif kind == 1:
            del body[at : at + rng.randint(1, 400)]
        else:
            body[at:at] = body[at : at + rng.randint(1, 400)]
    return zipped({**parts, "word/document.xml": bytes(body)})


def broken(files: dict[str, bytes], count: int, seed: int) -> None:
    rng = random.Random(seed)
    folder = "templates/national/D16/"
    source = files[f"{folder}document.docx"]
    for turn in range(count):
        changed = {
            **{k: v for k, v in files.items() if k.startswith(folder)},
            f"{folder}document.docx": mutated(source, rng),
        }
        begun = time.thread_time()
        found = template.faults(changed)
        assert time.thread_time() - begun <= 2, turn
        assert all(fault.what_zh for fault in found)


def test_broken_templates_are_told_and_never_crash(files):
    broken(files, 80, 7)


@pytest.mark.long
def test_two_thousand_broken_templates(files):
    broken(files, 2000, 11)
