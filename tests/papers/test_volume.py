"""Pages put together: what a reader finds by bookmark and number, and what does not come along from a foreign PDF."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name
from PIL import Image

from engine.papers import volume
from engine.papers.volume import Material, Unreadable, Volume


def pdf(pages: int = 1, rotate: int = 0, size: tuple[float, float] = (595, 842)) -> bytes:
    made = pikepdf.Pdf.new()
    for _ in range(pages):
        page = made.add_blank_page(page_size=size)
        page.Rotate = rotate
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 60), **more: object) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(file, kind, **more)
    return file


def material(title: str, pages: int = 1, section: str = "证据材料", **more: object) -> Material:
    return Material(title, section, volume.opened(pdf(pages, **more)))  # type: ignore[arg-type]


def words(data: bytes, tmp_path: Path, page: int) -> str:
    (tmp_path / "v.pdf").write_bytes(data)
    ask = ["pdftotext", "-f", str(page), "-l", str(page), "-layout", "v.pdf", "-"]
    return subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def bookmarks(data: bytes) -> list[tuple[str, list[str]]]:
    with pikepdf.open(io.BytesIO(data)) as made, made.open_outline() as outline:
        return [(str(i.title), [str(c.title) for c in i.children]) for i in outline.root]


def test_materials_are_numbered_from_one_and_the_sheets_around_them_are_not(tmp_path: Path) -> None:
    front = [material("卷宗封面", section=""), material("卷内目录", 2, section="")]
    made = volume.bind(
        Volume("卷", front, [material("甲", 2), material("乙", 1, "结案报告")], [material("备考表", section="")])
    )
    shown = [words(made, tmp_path, n).strip() for n in range(1, 8)]
    assert shown == ["", "", "", "1", "2", "3", ""]
    assert bookmarks(made) == [
        ("卷宗封面", []),
        ("卷内目录", []),
        ("证据材料", ["甲"]),
        ("结案报告", ["乙"]),
        ("备考表", []),
    ]
    with pikepdf.open(io.BytesIO(made)) as read:
        assert [p.label for p in read.pages] == ["卷宗封面", "卷内目录i", "卷内目录ii", "1", "2", "3", "备考表"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_every_material_begins_where_its_bookmark_says_and_the_same_materials_give_the_same_bytes(
    pages: list[int],
) -> None:
    def made() -> bytes:
        return volume.bind(Volume("卷", [], [material(f"第{n}件", count) for n, count in enumerate(pages)], []))

    first = made()
    assert first == made()
    with pikepdf.open(io.BytesIO(first)) as read, read.open_outline() as outline:
        starts = [read.pages.index(pikepdf.Page(c.destination[0])) for c in outline.root[0].children]  # type: ignore[index]
        assert starts == [sum(pages[:n]) for n in range(len(pages))]
        assert len(read.pages) == sum(pages)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_the_number_stands_upright_at_the_upper_right_however_a_page_is_turned(tmp_path: Path, rotate: int) -> None:
    made = volume.bind(Volume("卷", [], [material("甲", rotate=rotate)], []))
    (tmp_path / "v.pdf").write_bytes(made)
    subprocess.run(["pdftoppm", "-r", "36", "-png", "v.pdf", "v"], cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("v-*.png"))) as shown:
        box = Image.eval(shown.convert("L"), lambda dot: 255 - dot).getbbox()
        assert box is not None
        left, top, right, bottom = box
        assert left > shown.width * 0.88
        assert bottom < shown.height * 0.08
        assert bottom - top > right - left  # a “1”


def test_scripts_forms_and_links_of_a_foreign_pdf_do_not_come_along() -> None:
    foreign = pikepdf.open(io.BytesIO(pdf()))
    script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    foreign.Root.OpenAction = script
    page = foreign.pages[0]
    page.AA = Dictionary(O=script)
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 99, 99]), A=script)
    page.Annots = Array([foreign.make_indirect(link)])
    file = io.BytesIO()
    foreign.save(file)
    made = volume.bind(Volume("卷", [], [Material("甲", "乙", volume.opened(file.getvalue()))], []))
    with pikepdf.open(io.BytesIO(made)) as read:
        assert not any(b"JavaScript" in one.unparse() for one in read.objects if isinstance(one, pikepdf.Dictionary))
        assert "/Annots" not in read.pages[0]


def test_a_seal_on_a_paper_is_still_seen_in_the_volume(tmp_path: Path) -> None:
    from engine.papers import seal

    signer = seal.load(
        "广州市执法局", seal.trial_signer(seal.trial_authority(), "广州市执法局", "x"), "x", picture=True
    )
    signed = seal.sign_pdf(pdf(), [signer])
    made = volume.bind(Volume("卷", [], [Material("甲", "乙", volume.opened(signed))], []))
    (tmp_path / "v.pdf").write_bytes(made)
    subprocess.run(["pdftoppm", "-r", "36", "-png", "v.pdf", "v"], cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("v-*.png"))) as shown:
        colours = shown.convert("RGB").getcolors(1 << 20) or []
        assert sum(count for count, (r, g, b) in colours if r > 150 and g < 120 and b < 120) > 50  # type: ignore[misc]


def test_a_photo_becomes_a_page_that_stands_as_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x112] = 6  # held upright: turn right
    upright = picture(size=(800, 600), exif=exif)
    with pikepdf.open(io.BytesIO(volume.photo(upright))) as made:
        stored = made.pages[0].Resources.XObject.Photo
        assert (int(stored.Width), int(stored.Height)) == (600, 800)
        assert [round(float(n)) for n in made.pages[0].mediabox] == [0, 0, 595, 842]


def test_a_large_photo_is_made_smaller_and_every_frame_of_a_scan_is_a_page() -> None:
    with pikepdf.open(io.BytesIO(volume.photo(picture(size=(4000, 3000))))) as made:
        assert int(made.pages[0].Resources.XObject.Photo.Width) == 1700
    frames = [Image.new("L", (50, 70), shade) for shade in (0, 100, 200)]
    file = io.BytesIO()
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:])
    with pikepdf.open(io.BytesIO(volume.photo(file))) as made:
        assert len(made.pages) == 3


def test_what_cannot_be_shown_is_refused_with_why() -> None:
    locked = pikepdf.open(io.BytesIO(pdf()))
    file = io.BytesIO()
    locked.save(file, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(Unreadable, match="密码"):
        volume.opened(file.getvalue())
    for rubbish in (b"", b"%PDF-1.4 nothing", pdf()[:200]):
        with pytest.raises(Unreadable):
            volume.opened(rubbish)
    with pytest.raises(Unreadable):
        volume.photo(io.BytesIO(picture().getvalue()[:300]))


def test_a_readers_copy_names_him_on_every_page_and_keeps_the_number(tmp_path: Path) -> None:
    made = volume.bind(Volume("卷", [], [material("甲", 2)], []))
    copy = volume.watermarked(made, ("查阅人 张三", "2026-03-02 09:00"))
    for page, number in ((1, "1"), (2, "2")):
        text = words(copy, tmp_path, page)
        assert "查阅人 张三" in text
        assert "2026-03-02 09:00" in text
        assert number in text.split()
