"""Numbers that check themselves: ID card, credit code, plate, ship and telephone numbers, division codes.

Each check takes normalised text and returns what is wrong, in Chinese with the remedy, or None. Reads no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

# First two digits of GB/T 2260 → short name, as on plates and in document numbers.
PROVINCES: Final[Mapping[str, str]] = {
    "11": "京", "12": "津", "13": "冀", "14": "晋", "15": "蒙", "21": "辽", "22": "吉", "23": "黑", "31": "沪",
    "32": "苏", "33": "浙", "34": "皖", "35": "闽", "36": "赣", "37": "鲁", "41": "豫", "42": "鄂", "43": "湘",
    "44": "粤", "45": "桂", "46": "琼", "50": "渝", "51": "川", "52": "贵", "53": "云", "54": "藏", "61": "陕",
    "62": "甘", "63": "青", "64": "宁", "65": "新", "71": "台", "81": "港", "82": "澳", "83": "台",
}  # fmt: skip

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_USCC_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_P = "京沪津渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATES = tuple(
    re.compile(pattern + r"\Z")
    for pattern in (
        rf"[{_P}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]",
        rf"[{_P}][A-HJ-NP-Z][A-HJ-K][A-HJ-NP-Z0-9]\d{{4}}",  # new energy, small
        rf"[{_P}][A-HJ-NP-Z]\d{{5}}[A-HJ-K]",  # new energy, large
        rf"WJ[{_P}]?\d{{4}}[0-9TDSHBXJ]",
    )
)


def normal(text: str) -> str:
    """Full width → half width, capitals, without spaces and separators."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[\s·•.\-—–]", "", folded)


def id_card(text: str, today: date | None = None) -> str | None:
    """GB 11643: 18 places, a real day of birth (not after `today`), the check digit."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", text):
        return "身份证号应为 18 位(末位可为 X),请核对证件"
    if text[:2] not in PROVINCES:
        return "身份证号前两位不是省级行政区划代码,请核对证件"
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return "身份证号中的出生日期不存在,请核对第 7 至 14 位"
    if born.year < 1850 or (today is not None and born > today):
        return "身份证号中的出生日期不合理,请核对第 7 至 14 位"
    total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
    return None if _ID_CHECK[total % 11] == text[17] else "身份证号校验位不符,可能抄错一位,请逐位核对证件"


def uscc(text: str) -> str | None:
    """GB 32100: 18 characters without I O S V Z, check character modulo 31."""
    if len(text) != 18 or any(char not in _USCC_CHARS for char in text):
        return "统一社会信用代码应为 18 位数字和大写字母(不含 I、O、S、V、Z),请核对营业执照"
    if text[2:4] not in PROVINCES and text[2:4] != "10":
        return "统一社会信用代码第 3、4 位不是行政区划代码,请核对营业执照"
    total = sum(_USCC_CHARS.index(char) * weight for char, weight in zip(text, _USCC_WEIGHTS, strict=False))
    right = _USCC_CHARS[(31 - total % 31) % 31]
    return None if text[17] == right else "统一社会信用代码校验位不符,可能抄错一位,请逐位核对营业执照"


def with_check(kind: str, text: str) -> str:
    """A number that lacks its check digit, with it: `id_card` from 17 places, `uscc` from 17. For samples and simulations."""
    if kind == "id_card":
        total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=True))
        return text + _ID_CHECK[total % 11]
    total = sum(_USCC_CHARS.index(char) * weight for char, weight in zip(text, _USCC_WEIGHTS, strict=True))
    return text + _USCC_CHARS[(31 - total % 31) % 31]


def plate(text: str) -> str | None:
    """A plate of mainland China, new-energy and armed police included."""
    if any(pattern.match(text) for pattern in _PLATES):
        return None
    return "号牌格式不正确:应为省份简称加发牌代号加 5 位(新能源 6 位)字符,如 粤B12345"


def mobile(text: str) -> str | None:
    """A mobile number, 11 digits from 13 to 19."""
    return None if re.fullmatch(r"1[3-9]\d{9}", text) else "手机号应为 1 开头的 11 位数字"


def certificate_no(text: str) -> str | None:
    """An enforcement certificate's number: provinces differ, so only characters and length are checked."""
    return None if re.fullmatch(r"[0-9A-Z一-鿿()〔〕第号]{4,30}", text) else "证件号应为 4 至 30 位数字、字母或汉字"


def ship_mmsi(text: str) -> str | None:
    """A ship station's MMSI: nine digits that begin with a country's (2–7); coast stations and beacons are no ships."""
    if not re.fullmatch(r"[2-7]\d{8}", text):
        return "船舶 MMSI 应为 9 位数字,首位为 2 至 7(岸台、救生设备等不是船舶)"
    return None


def imo(text: str) -> str | None:
    """An IMO ship number: seven digits, weights 7 to 2, last digit of the sum."""
    digits = text.removeprefix("IMO")
    if not re.fullmatch(r"\d{7}", digits):
        return "IMO 编号应为 7 位数字"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False))
    return None if total % 10 == int(digits[6]) else "IMO 编号校验位不符,请核对船舶证书"


def practitioner_certificate(text: str) -> str | None:
    """The number of a practitioner's certificate or a transport permit: provinces differ, only characters and length count."""
    return None if re.fullmatch(r"[0-9A-Z一-鿿()〔〕第号]{4,40}", text) else "证号应为 4 至 40 位数字、字母或汉字"


def division(text: str) -> str | None:
    """A division code (GB/T 2260): six digits below an existing province. Whether the county exists is a register's affair."""
    if not re.fullmatch(r"\d{6}", text) or text[:2] not in PROVINCES:
        return "行政区划代码应为 6 位数字,前两位为省级代码,如 440100"
    if text[2:4] == "00" and text[4:] != "00" and text[:2] not in ("81", "82"):
        return "行政区划代码有误:第 3、4 位为 00 时末两位也应为 00"
    return None


def record_id(text: str) -> str | None:
    """The id of a row of a register, without its hyphens (as `normal` leaves it)."""
    return None if re.fullmatch(r"[0-9A-F]{32}", text) else "登记编号不正确,请从列表中选择"


CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "id_card": id_card,
    "uscc": uscc,
    "plate": plate,
    "mobile": mobile,
    "certificate_no": certificate_no,
    "ship_mmsi": ship_mmsi,
    "imo": imo,
    "practitioner_certificate": practitioner_certificate,
    "division": division,
    "record_id": record_id,
}


def masked(kind: str, text: str) -> str:
    """The text with what identifies a person replaced by stars; an unknown class is starred whole."""
    match kind:
        case "name":
            return text[:1] + "*" * (len(text) - 1)
        case "id":
            return _middle(text, 3, 4) if len(text) >= 15 else _middle(text, 1, 1)
        case "phone":
            return _middle(text, 3, 4)
        case "bank":
            return _middle(text, 4, 4)
        case "plate":
            return _middle(text, 2, 1)
        case "address":
            return text[:6] + "*" * max(len(text) - 6, 3)
        case _:
            return "*" * len(text)


def _middle(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[-tail:] if hidden > 0 else "*" * len(text)
