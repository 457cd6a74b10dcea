"""The dossier says of itself whether it is whole; the verifier needs nothing but the file and names what was changed."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image
from psycopg.conninfo import make_conninfo

from content import load
from engine import clocks, dossier, dossier_signing, release_store
from engine.dossier_signing import Signature
from engine.verify import verify
from kernel import sm2, sm3
from kernel.errors import Fault, NotAllowed, NotFound, Refusal
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import ROOT
from kernel.work import Work, system_person
from registers import case, document, evidence, party, vehicle


@pytest.fixture(scope="session")
def policy():
    return Policy([("officer", "case.start"), ("unit_head", "dossier.export")])


@pytest.fixture(scope="session")
def content():
    """Rules and templates of the repository: what a dossier's clocks and catalogue rest on."""
    return {p: b for p, b in load.tree(ROOT).items() if p.startswith(("rules/", "templates/"))}


def photo(shade):
    file = io.BytesIO()
    Image.new("RGB", (60, 40), (shade, 80, 90)).save(file, "JPEG")
    return file.getvalue()


def make_paper(work, case_id, release, code, name, number, files):
    id_ = document.make(
        work,
        agency_id=440100,
        category="01",
        case_id=case_id,
        kind=code,
        name=name,
        number=number,
        step="decide",
        template_hash="t",
        release=release,
        context={"party_name": "粤运物流"},
    )
    if files:
        docx, pdf = (work.node.files.put(f"{code}.{kind}".encode() * 50) for kind in ("docx", "pdf"))
        document.issue(work, id_, docx, pdf if files == 2 else None)
    return id_


@pytest.fixture
def closed_case(seeded, work_as, content, clock):
    """A case with facts, changes, papers, evidence with custody, a clock that was met, and its release: (work, case id)."""
    work = work_as("officer_1")
    with work.transaction():
        release = release_store.store(work, content, ground="测试", effective_from=None)
        case_id, instance_id = uuid7(), uuid7()
        case.insert(
            work, id=case_id, agency_id=440100, category="01", procedure_type="ordinary", case_status="draft", facts={}
        )
        work.execute(
            """insert into process_instance (id, agency_id, category, process_key, release, subject_kind, subject_id, status,
            state, started_at) values (%s, 440100, '01', 'case_ordinary', %s, 'case', %s, 'ended', 'x', %s)""",
            (instance_id, release, case_id, work.now),
        )
        case.apply(
            work,
            case_id,
            changes={"party_name": "粤运物流有限公司", "gross_kg": 55000},
            source="file_case",
            columns={
                "case_number": "粤穗交案〔2026〕00001号",
                "case_cause": "车辆违法超限运输",
                "fine_amount": "3000.00",
                "party_id": party.find_or_insert(
                    work, agency_id=440100, category="01", party_type="organization", name="粤运物流有限公司"
                ),
                "vehicle_id": vehicle.find_or_insert(
                    work, agency_id=440100, category="01", plate="粤A12345", plate_color="2"
                ),
            },
        )
        known = clocks.Clocks(work, release_store.load(work, release), _subject(case_id, instance_id), [])
        known.start("DL_PENALTY_DECISION", work.today, "file_case")
        known.write()
        for n, element in enumerate(("file_case", "decide")):
            work.execute(
                """insert into step_history (id, agency_id, category, instance_id, subject_id, at, element, name, kind, event,
                person_id) values (%s, 440100, '01', %s, %s, %s, %s, %s, 'human', 'left', %s)""",
                (uuid7(), instance_id, case_id, work.now + timedelta(hours=n), element, element, work.person.id),
            )
        make_paper(work, case_id, release, "D01", "立案登记表", None, 2)
        make_paper(work, case_id, release, "E08", "法制审核意见书", None, 1)
        make_paper(work, case_id, release, "D15", "行政处罚决定书", "粤交罚〔2026〕00001号", 2)
        document.void(work, make_paper(work, case_id, release, "D11", "违法行为通知书", None, 0))
        first = evidence.receive(work, case_id, photo(10), {"name": "车头.jpg", "kind": "photo"})
        evidence.receive(work, case_id, photo(200), {"name": "车/尾.jpg", "kind": "photo"})
    clock.move(timedelta(hours=1))
    evidence.read_stream(work, first["id"])[1].close()
    return work_as("unit_head_1"), case_id


def _subject(case_id, instance_id):
    return {"id": instance_id, "agency_id": 440100, "category": "01", "subject_id": case_id}


@pytest.fixture
def packed(closed_case, tmp_path):
    """The dossier as a file."""
    work, case_id = closed_case
    stored = dossier.build(work, case_id)
    path = tmp_path / "卷宗.zip"
    path.write_bytes(work.node.files.read(stored.sha256))
    return path


def rewrite(path, change):
    """The same archive with its members passed through `change(name, data)`; None drops a member."""
    with zipfile.ZipFile(path) as archive:
        members = [(i, archive.read(i)) for i in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in members:
            new = change(info.filename, data)
            if new is not None:
                archive.writestr(info, new)


def names(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def read(path, name):
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def test_it_is_whole_and_holds_everything_in_order(packed):
    report = verify(packed)
    assert report.faults == []
    assert names(packed) == [
        "case.json",
        "catalogue.json",
        "clocks.json",
        "custody.json",
        "evidence/001-车头.jpg",
        "evidence/002-尾.jpg",
        "facts.json",
        "history.json",
        "papers/main/010-003-D15-行政处罚决定书.docx",
        "papers/main/010-003-D15-行政处罚决定书.pdf",
        "papers/main/030-001-D01-立案登记表.docx",
        "papers/main/030-001-D01-立案登记表.pdf",
        "papers/second/210-002-E08-法制审核意见书.docx",
        "rules.json",
        "volumes.json",
        "目录.txt",
        "manifest.json",
        "manifest.sm3",
        "signatures/ed25519.pem",
        "signatures/ed25519.sig",
        "signatures/sm2.pem",
        "signatures/sm2.sig",
    ]
    catalogue = json.loads(read(packed, "catalogue.json"))
    assert [(e["volume"], e["title"]) for e in catalogue if not (e["path"] or "").endswith(".pdf")] == [
        ("main", "行政处罚决定书"),
        ("main", "立案登记表"),
        ("main", "车头.jpg"),
        ("main", "尾.jpg"),
        ("main", "违法行为通知书"),
        ("second", "法制审核意见书"),
    ]
    text = read(packed, "目录.txt").decode()
    assert text.index("【正卷】") < text.index("行政处罚决定书") < text.index("【副卷】") < text.index("法制审核意见书")


def test_it_tells_facts_with_their_changes_clocks_with_their_counting_and_the_rules_it_rests_on(packed):
    facts = json.loads(read(packed, "facts.json"))
    assert facts["facts"]["gross_kg"] == 55000
    assert facts["changes"][0]["changes"]["gross_kg"] == [None, 55000]
    [clock] = json.loads(read(packed, "clocks.json"))
    assert clock["rule"] == "DL_PENALTY_DECISION"
    assert clock["counting"]["due"]
    assert clock["history"][0]["event"] == "started"
    rules = json.loads(read(packed, "rules.json"))
    assert rules["deadlines"][0]["rule_version"] == clock["rule_version"]
    assert len(rules["releases"][0]["files"]) > 10
    told = json.loads(read(packed, "case.json"))
    assert (told["case"]["fine_amount"], told["vehicle"]["plate"], told["agency"]["province"]) == (
        "3000.00",
        "粤A12345",
        "粤",
    )
    assert [s["element"] for s in json.loads(read(packed, "history.json"))["steps"]] == ["file_case", "decide"]


def test_built_twice_it_is_the_same_bytes(closed_case):
    work, case_id = closed_case
    assert dossier.build(work, case_id) == dossier.build(Work(work.node, work.person), str(case_id))


def test_every_file_flipped_in_turn_is_named(packed):
    whole = packed.read_bytes()
    for name in names(packed):
        packed.write_bytes(whole)
        rewrite(packed, lambda n, data, name=name: data[:-1] + bytes([data[-1] ^ 1]) if n == name else data)
        faults = verify(packed).faults
        assert any(name in fault for fault in faults), (name, faults)


def test_a_bit_flipped_in_the_raw_archive_is_named(packed):
    whole = packed.read_bytes()
    for name in names(packed):
        data = read(packed, name)
        changed = bytearray(whole)
        changed[whole.index(data) + len(data) // 2] ^= 4
        packed.write_bytes(bytes(changed))
        assert any(name in fault for fault in verify(packed).faults), name
        packed.write_bytes(whole)


def test_every_missing_file_is_named(packed):
    whole = packed.read_bytes()
    for name in names(packed):
        packed.write_bytes(whole)
        rewrite(packed, lambda n, data, name=name: None if n == name else data)
        assert any(name in fault and "缺少" in fault for fault in verify(packed).faults), name


def test_an_additional_a_doubled_and_a_hidden_file_are_found(packed):
    whole = packed.read_bytes()
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("evidence/003-多.jpg", b"x")
    assert any("003-多.jpg" in f and "多出" in f for f in verify(packed).faults)
    packed.write_bytes(whole)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("facts.json", b"{}")
    assert any("facts.json:在卷宗中出现多次" in f for f in verify(packed).faults)
    for hidden in (b"before" + whole, whole + b"behind"):
        packed.write_bytes(hidden)
        assert not verify(packed).ok
    packed.write_bytes(b"no zip at all")
    assert not verify(packed).ok
    packed.write_bytes(whole[: len(whole) // 2])
    assert not verify(packed).ok


def with_manifest(path, change):
    """Changes a member and makes manifest and digest fit again, as a forger would."""
    import hashlib

    rewrite(path, change)
    manifest = json.loads(read(path, "manifest.json"))
    for entry in manifest["files"]:
        data = read(path, entry["path"])
        entry.update(size=len(data), sha256=hashlib.sha256(data).hexdigest(), sm3=sm3.hexdigest(data))
    text = json.dumps(manifest).encode()
    made = {"manifest.json": text, "manifest.sm3": f"{sm3.hexdigest(text)}  manifest.json\n".encode()}
    rewrite(path, lambda n, data: made.get(n, data))


def test_a_rebuilt_manifest_does_not_hide_a_broken_custody_or_changed_rules(packed):
    whole = packed.read_bytes()
    attacks = {
        "evidence/001-车头.jpg": lambda d: photo(11),
        "custody.json": lambda d: d.replace(b'"downloaded"', b'"verified"'),
        "rules.json": lambda d: d.replace(b"rules/national", b"rules/nationa1", 1),
        "catalogue.json": lambda d: d.replace(b"D15-", b"D16-"),
    }
    for name, how in attacks.items():
        packed.write_bytes(whole)
        with_manifest(packed, lambda n, data, name=name, how=how: how(data) if n == name else data)
        assert not verify(packed).ok, name


def signed_anew(path):
    """Signs the manifest with keys of one's own, as whoever rebuilds a dossier whole would."""
    manifest = read(path, "manifest.json")
    own, (private, public) = Ed25519PrivateKey.generate(), sm2.generate()
    der = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    made = {
        "signatures/ed25519.pem": Signature("Ed25519", der, "", b"").pem,
        "signatures/ed25519.sig": own.sign(manifest),
        "signatures/sm2.pem": Signature("SM2", public, "", b"").pem,
        "signatures/sm2.sig": sm2.sign(private, manifest),
    }
    rewrite(path, lambda n, data: made.get(n, data))


def lower(n, data):
    return data.replace(b"55000", b"49000") if n == "facts.json" else data


def test_a_changed_file_with_a_fitting_manifest_breaks_both_signatures(packed):
    with_manifest(packed, lower)
    faults = verify(packed).faults
    assert [f.partition(":")[0] for f in faults] == ["signatures/ed25519.sig", "signatures/sm2.sig"]


def test_a_dossier_rebuilt_and_signed_anew_is_found_by_its_recorded_hash_and_by_the_keys_made_known(packed):
    true = verify(packed)
    published = list(true.keys.values())
    assert verify(packed, true.sm3, published).ok
    with_manifest(packed, lower)
    signed_anew(packed)
    forged = verify(packed)
    assert forged.ok  # nothing in the file itself tells
    assert any("不符" in f for f in verify(packed, true.sm3).faults)
    wrong = verify(packed, keys=published).faults
    assert [f.partition(":")[0] for f in wrong] == ["signatures/ed25519.pem", "signatures/sm2.pem"]
    assert all(forged.keys[name] in fault for name, fault in zip(("Ed25519", "SM2"), wrong, strict=True))


def test_a_key_that_did_not_sign_is_named(packed):
    other = sm2.generate()[1]
    pem = Signature("SM2", other, "", b"").pem
    rewrite(packed, lambda n, data: pem if n == "signatures/sm2.pem" else data)
    [fault] = verify(packed).faults
    assert fault.startswith("signatures/sm2.sig")
    assert sm3.hexdigest(other)[:16] in fault
    assert set(verify(packed).keys) == {"Ed25519"}


def test_both_signatures_are_the_agencys_own_and_openssl_accepts_them(packed, closed_case, tmp_path):
    work, _ = closed_case
    report = verify(packed)
    assert report.keys == {k["algorithm"]: k["fingerprint"] for k in dossier_signing.keys(work)}
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    sm2_ = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    for name, more in (("ed25519", ["-rawin"]), ("sm2", sm2_)):
        check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"signatures/{name}.pem", *more]
        check += ["-in", "manifest.json", "-sigfile", f"signatures/{name}.sig"]
        done = subprocess.run(check, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_retired_keys_sign_nothing_more_and_what_they_signed_stays_valid(packed, closed_case, tmp_path):
    work, case_id = closed_case
    security = Work(work.node, system_person(440100, "01"))
    before = verify(packed)
    assert dossier_signing.retire_dossier_keys(security, 440100, "人员变动") == {"retired": 2}
    later = tmp_path / "later.zip"
    later.write_bytes(work.node.files.read(dossier.build(work, case_id).sha256))
    assert verify(later).ok
    assert not set(verify(later).keys.values()) & set(before.keys.values())
    assert verify(packed, keys=before.keys.values()).ok


def test_a_covered_key_put_in_anothers_place_does_not_open(packed, closed_case):
    work, _ = closed_case
    dossier_signing._opened.clear()
    whose = make_conninfo(work.node.db.owner, user="postgres")
    with psycopg.connect(whose, autocommit=True) as connection:
        connection.execute("update dossier_key set covered = (select covered from dossier_key where algorithm = 'SM2')")
    with work.transaction():
        [key] = [k for k in work.rows("select * from dossier_key") if k["algorithm"] == "Ed25519"]
        with pytest.raises(Fault, match="打不开"):
            dossier_signing._private(work, key)


def test_the_former_format_still_verifies():
    frozen = ROOT / "tests" / "frozen" / "dossier1"
    recorded = (frozen / "dossier.sm3").read_text().strip()
    report = verify(frozen / "dossier.zip", recorded)
    assert (report.faults, report.format, report.keys, report.files) == ([], 1, {}, 15)
    assert any("没有签名" in f for f in verify(frozen / "dossier.zip", keys=["00"]).faults)


def test_a_former_dossier_with_a_changed_file_is_still_found(tmp_path):
    path = tmp_path / "old.zip"
    path.write_bytes((ROOT / "tests" / "frozen" / "dossier1" / "dossier.zip").read_bytes())
    rewrite(path, lower)
    assert any(f.startswith("facts.json") for f in verify(path).faults)


def test_the_verifier_needs_no_database_and_no_other_room(packed):
    program = """
import sys
from engine_verify import verify
assert not [m for m in sys.modules if m.split('.')[0] in ('psycopg', 'sqlalchemy', 'registers', 'content', 'engine')]
sys.exit(0 if verify(sys.argv[1]).ok else 1)
"""
    alone = packed.parent / "engine_verify.py"
    alone.write_bytes((ROOT / "engine" / "verify.py").read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", program, str(packed)],
        env={"PYTHONPATH": f"{packed.parent}:{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_it_is_not_built_while_a_paper_is_missing(closed_case, work_as):
    work, case_id = closed_case
    with (officer := work_as("officer_1")).transaction():
        make_paper(officer, case_id, "r", "D16", "送达回证", None, 0)
    with pytest.raises(Refusal, match="送达回证"):
        dossier.build(work, case_id)


def test_it_asks_for_the_right_and_the_scope_and_leaves_an_audit_row(closed_case, work_as):
    work, case_id = closed_case
    with pytest.raises(NotAllowed):
        dossier.build(work_as("officer_1"), case_id)
    with pytest.raises(NotFound):
        dossier.build(Work(work.node, system_person(440300, "01")), case_id)
    dossier.build(Work(work.node, system_person(440100, "01")), case_id)
    with work.transaction():
        rows = work.rows("select outcome, subject_id from audit_entry where verb = 'dossier.export'")
    assert rows == [{"outcome": "read", "subject_id": str(case_id)}]
