"""SM2: the standard's key, an implementation that shares no code with ours, and OpenSSL's own command agree with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from asn1crypto.core import Integer, SequenceOf
from asn1crypto.keys import PrivateKeyInfo, PublicKeyInfo
from gmalg import SM2 as Other
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import sm2

# GB/T 32918.5: the curve's example key.
D = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"


class Numbers(SequenceOf):
    _child_spec = Integer


def private_of(d: bytes) -> bytes:
    """PKCS #8 of a bare private number on the curve of SM2."""
    inner = bytes.fromhex("30250201010420") + d
    head = bytes.fromhex("020100301306072a8648ce3d020106082a811ccf5501822d0427")
    return bytes([0x30, len(head) + len(inner)]) + head + inner


def point_of(public: bytes) -> bytes:
    return bytes(PublicKeyInfo.load(public)["public_key"].native)


def pair(signature: bytes) -> tuple[bytes, bytes]:
    r, s = (int(n) for n in Numbers.load(signature).native)
    return r.to_bytes(32, "big"), s.to_bytes(32, "big")


def test_the_standards_private_key_gives_the_standards_public_key() -> None:
    assert point_of(sm2.public_of(private_of(D))).hex().upper() == f"04{X}{Y}"


@settings(max_examples=15, deadline=None)
@given(st.binary(max_size=300))
def test_what_we_sign_another_implementation_accepts_and_what_it_signs_we_accept(data: bytes) -> None:
    private, public = private_of(D), sm2.public_of(private_of(D))
    other = Other(D, sm2.IDENTITY, point_of(public))
    assert other.verify(data, *pair(sm2.sign(private, data)))
    r, s = other.sign(data)
    theirs = Numbers([int.from_bytes(r, "big"), int.from_bytes(s, "big")]).dump()
    assert sm2.verify(public, data, theirs)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=100), st.integers(0, 2), st.integers(0, 10**6))
def test_one_changed_bit_of_data_signature_or_key_is_refused(data: bytes, which: int, place: int) -> None:
    private, public = sm2.generate()
    given_ = [public, data, sm2.sign(private, data)]
    assert sm2.verify(*given_)
    at = place % (len(given_[which]) * 8)  # keys and signatures are not the same length each time
    changed = bytearray(given_[which])
    changed[at // 8] ^= 1 << at % 8
    given_[which] = bytes(changed)
    assert not sm2.verify(*given_)


def test_a_key_written_otherwise_than_der_prescribes_is_refused_also_when_its_number_is_the_same() -> None:
    private, public = sm2.generate()
    while public[-1] & 0x0F:  # the four bits that OpenSSL drops when the bit string says that they are unused
        private, public = sm2.generate()
    unused = public.index(bytes.fromhex("034200")) + 2
    assert not sm2.verify(public[:unused] + b"\x04" + public[unused + 1 :], b"x", sm2.sign(private, b"x"))
    assert not sm2.verify(public + b"\0", b"x", sm2.sign(private, b"x"))


def test_another_identity_or_another_key_is_refused() -> None:
    private, public = sm2.generate()
    signed = sm2.sign(private, b"x")
    assert not sm2.verify(public, b"x", signed, identity=b"")
    assert not sm2.verify(sm2.generate()[1], b"x", signed)
    assert sm2.verify(public, b"x", sm2.sign(private, b"x", identity=b"A"), identity=b"A")


@pytest.mark.parametrize("rubbish", [b"", b"\0", b"0" * 91])
def test_rubbish_is_neither_key_nor_signature(rubbish: bytes) -> None:
    private, public = sm2.generate()
    assert not sm2.verify(rubbish, b"x", sm2.sign(private, b"x"))
    assert not sm2.verify(public, b"x", rubbish)
    with pytest.raises(sm2.BadKey):
        sm2.sign(rubbish, b"x")


def test_the_openssl_command_accepts_it(tmp_path: Path) -> None:
    private, public = sm2.generate()
    assert PrivateKeyInfo.load(private)["private_key_algorithm"]["parameters"].native == "1.2.156.10197.1.301"
    (tmp_path / "k.der").write_bytes(public)
    (tmp_path / "data").write_bytes(b"manifest")
    (tmp_path / "sig").write_bytes(sm2.sign(private, b"manifest"))
    check = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-keyform",
        "DER",
        "-inkey",
        "k.der",
        "-rawin",
        "-digest",
        "sm3",
    ]
    check += ["-in", "data", "-sigfile", "sig", "-pkeyopt", "distid:1234567812345678"]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "data").write_bytes(b"manifesT")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode != 0
