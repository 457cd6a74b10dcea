"""Overlays: a province's content is the national files with its own files, at the same paths, merged over them.

Maps merge by key; lists of things with an `id` (`key`, `element`, `code`, `name`) merge by it; everything else replaces;
null removes, and so does `remove: true` in a list's thing. Each province file that rests on a national one names its SM3
(`base`). What is `locked: true` may be tightened, never loosened or removed. Diagrams and templates are not patched: a
province replaces a called process or a template as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import yaml

from content.faults import Fault, from_error
from content.load import document
from kernel import sm3
from kernel.errors import BadContent

_IDENTITIES: Final = ("id", "key", "element", "code", "rule", "name")
# Keys of a locked thing that a province may word anew: they bind nobody.
_WORDING: Final = frozenset(
    {"name", "message", "remedy", "note", "source", "hint", "label", "version_note", "used_when", "basis"}
)
_FLOORS: Final = frozenset({"min", "minimum", "least", "copies"})
_CEILINGS: Final = frozenset({"max", "maximum", "most", "times"})
# Lists that may only grow: a step, a guard, a paper, a precondition more.
_GROWING: Final = frozenset(
    {"step_roles", "need", "papers", "elements", "when", "warning_leads", "exclusive", "signers"}
)
_NATIONAL: Final = "national"
_CALLED = re.compile(rb'calledElement="([a-z][a-z0-9_]*)"')


@dataclass
class _Merge:
    """One file's merging: where we are, and what is wrong."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def widening(self, place: str, what: str) -> None:
        """A locked thing would be loosened."""
        self.faults.append(Fault(self.file, place, "widening", f"{what};国家锁定的规定地方只能从严,不能放宽或取消"))


def province_path(path: str) -> tuple[str, str] | None:
    """(division code, the national path it lies over) of a province file; None for others."""
    parts = path.split("/", 3)
    if len(parts) == 4 and parts[1] == "provinces":
        return parts[2], f"{parts[0]}/{_NATIONAL}/{parts[3]}"
    return None


def provinces(files: Mapping[str, bytes]) -> list[str]:
    """The division codes that have files of their own."""
    return sorted({found[0] for path in files if (found := province_path(path))})


def effective(files: Mapping[str, bytes], province: str | None) -> tuple[dict[str, bytes], list[Fault]]:
    """The files in force for a province (None: the nation), all at national paths, and what is wrong with the overlay."""
    result = {path: body for path, body in files.items() if path.split("/")[1:2] == [_NATIONAL]}
    faults: list[Fault] = []
    for path in sorted(files):
        found = province_path(path)
        if found is None or found[0] != province or path.endswith("/base.yaml"):
            continue
        national = found[1]
        try:
            result[national] = _over(path, files[path], national, files, faults)
        except BadContent as error:
            faults.append(from_error(error))
    return result, faults


def _over(path: str, body: bytes, national: str, files: Mapping[str, bytes], faults: list[Fault]) -> bytes:
    beneath = files.get(national)
    if not path.endswith(".yaml"):
        if beneath is not None:
            faults += _replaces_whole(path, national, files)
        return body
    patch = document(path, body)
    base = patch.pop("base", None)
    if beneath is None:
        if base is not None:
            faults.append(Fault(path, "", "base", "写了 base,但国家没有这个文件,请删除 base 或更正路径"))
        return body
    faults += _base_faults(path, base, beneath)
    merge = _Merge(path)
    merged = merge_maps(merge, "", document(national, beneath), patch, locked=False)
    faults += merge.faults
    return dump(merged)


def _base_faults(path: str, base: object, beneath: bytes) -> list[Fault]:
    right = sm3.hexdigest(beneath)
    if base is None:
        return [Fault(path, "", "base", f"缺少 base:请写明所依据的国家文件的 SM3,现为 {right}")]
    if base != right:
        return [Fault(path, "", "base", f"国家文件已变动,请重新核对本文件后把 base 改为 {right}")]
    return []


def _replaces_whole(path: str, national: str, files: Mapping[str, bytes]) -> list[Fault]:
    """A diagram or template in the place of a national one."""
    found = []
    if path.endswith(".bpmn"):
        key = national.split("/")[2]
        called = {
            name.decode() for file, body in files.items() if file.endswith(".bpmn") for name in _CALLED.findall(body)
        }
        if key not in called:
            found.append(
                Fault(path, key, "not_called", "地方只能整体替换被调用的子流程,不能替换主流程;请改用参数,或另建流程")
            )
        config = files.get(f"processes/{_NATIONAL}/{key}/process.yaml")
        if config is not None and document(f"processes/{_NATIONAL}/{key}/process.yaml", config).get("locked") is True:
            found.append(Fault(path, key, "widening", "这个子流程由国家锁定,地方不能替换"))
    beside = path.rsplit("/", 1)[0] + "/base.yaml"
    name = path.rsplit("/", 1)[1]
    bases = document(beside, files[beside]) if beside in files else {}
    right = sm3.hexdigest(files[national])
    if bases.get(name) != right:
        found.append(Fault(path, "", "base", f"请在同一文件夹的 base.yaml 中写明 {name}: {right},并核对国家文件的变动"))
    return found


# ---------------------------------------------------------------------- merging
def merge_maps(
    merge: _Merge, place: str, old: Mapping[str, Any], patch: Mapping[str, Any], *, locked: bool
) -> dict[str, Any]:
    """`patch` over `old`. Inside something locked every change must tighten."""
    locked = locked or old.get("locked") is True
    result = dict(old)
    for key, new in patch.items():
        where = f"{place}.{key}" if place else key
        if key not in old:
            if locked and new is not None and key not in _WORDING:
                _added(merge, where, key)
            if new is not None:
                result[key] = new
        elif new is None:
            _removed(merge, where, old[key], locked=locked)
            del result[key]
        else:
            result[key] = _merged(merge, where, key, old, new, locked=locked)
    return result


def _merged(merge: _Merge, where: str, key: str, owner: Mapping[str, Any], new: Any, *, locked: bool) -> Any:
    old = owner[key]
    if isinstance(old, dict) and isinstance(new, dict):
        return merge_maps(merge, where, old, new, locked=locked)
    if isinstance(old, list) and isinstance(new, list):
        name = _identity(old, new)
        if name is not None:
            return _merge_lists(merge, where, name, old, new, locked=locked)
    if locked:
        _tightens(merge, where, key, owner, new)
    elif _holds_locked(old):
        merge.widening(where, "这里含有锁定的内容,不能整体替换")
    return new


def _identity(old: list[Any], new: list[Any]) -> str | None:
    """The key by which the things of both lists are told apart, if they are things at all."""
    for name in _IDENTITIES:
        both = [*old, *new]
        if both and all(isinstance(item, dict) and isinstance(item.get(name), str) for item in both):
            if len({item[name] for item in old}) == len(old) and len({item[name] for item in new}) == len(new):
                return name
            return None
    return None


def _merge_lists(merge: _Merge, place: str, name: str, old: list[Any], new: list[Any], *, locked: bool) -> list[Any]:
    patches = {item[name]: item for item in new}
    result = []
    for item in old:
        patch = patches.pop(item[name], None)
        where = f"{place}[{item[name]}]"
        if patch is None:
            result.append(item)
        elif patch.get("remove") is True:
            _removed(merge, where, item, locked=locked)
        else:
            result.append(merge_maps(merge, where, item, patch, locked=locked))
    for key, item in patches.items():
        if item.get("remove") is True:
            merge.faults.append(Fault(merge.file, f"{place}[{key}]", "nothing_to_remove", "要删除的内容不存在,请核对"))
        else:
            result.append(item)
    return result


# ---------------------------------------------------------------------- what is locked
def _holds_locked(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("locked") is True or any(map(_holds_locked, value.values()))
    return isinstance(value, list) and any(map(_holds_locked, value))


def _removed(merge: _Merge, where: str, old: Any, *, locked: bool) -> None:
    if locked or _holds_locked(old):
        merge.widening(where, "锁定的内容不能删除")


def _added(merge: _Merge, where: str, key: str) -> None:
    """A key that a locked thing did not have: a limit is tighter than none; a condition would make it step back."""
    if key not in _FLOORS | _CEILINGS | _GROWING | {"range", "required"}:
        merge.widening(where, "锁定的内容不能增加改变其适用的项")


def _tightens(merge: _Merge, where: str, key: str, owner: Mapping[str, Any], new: Any) -> None:
    """Decides for typed parameters; anything else that is locked is a free expression."""
    old = owner[key]
    if new == old or key in _WORDING:
        return
    if not _no_looser(key, owner, old, new):
        reason = "放宽了国家的限度" if _typed(key, old) else "锁定的自由表达不能替换"
        merge.widening(where, f"“{_short(old)}”改为“{_short(new)}”{reason}")


def _typed(key: str, old: Any) -> bool:
    return key in _FLOORS | _CEILINGS | _GROWING | {
        "length",
        "range",
        "required",
        "value",
        "copies",
    } and not isinstance(old, dict)


def _no_looser(key: str, owner: Mapping[str, Any], old: Any, new: Any) -> bool:
    if key == "required":
        return new is True
    if key in _GROWING:
        return isinstance(new, list) and set(_listed(old)) <= set(new)
    if key == "range":
        return _inside(old, new)
    if not (_number(old) and _number(new)):
        return False
    if key in _FLOORS:
        return bool(new >= old)
    if key in _CEILINGS:
        return bool(new <= old)
    if key == "length":
        # A longest period may be shortened, a shortest one lengthened; a fixed one stays.
        return bool({"max": new <= old, "min": new >= old}.get(str(owner.get("kind")), False))
    if key == "value":
        return _within_limits(owner, new)
    return False


def _within_limits(owner: Mapping[str, Any], new: Any) -> bool:
    """A locked parameter moves only inside both limits that the nation gave it."""
    least, most = owner.get("min"), owner.get("max")
    return bool(_number(least) and _number(most) and least <= new <= most)


def _inside(old: Any, new: Any) -> bool:
    both = [old, new]
    if not all(isinstance(one, list) and len(one) == 2 and all(map(_number, one)) for one in both):
        return False
    return bool(old[0] <= new[0] <= new[1] <= old[1])


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


# ---------------------------------------------------------------------- writing
class _Dumper(yaml.SafeDumper):
    """Writes what `content.load` reads: ambiguous words quoted, fractions as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        """The same value twice is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')


def _fraction(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0")


def _moment(dumper: yaml.SafeDumper, value: date | datetime) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items())


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _fraction)
_Dumper.add_representer(date, _moment)
_Dumper.add_representer(datetime, _moment)
_Dumper.add_multi_representer(dict, _mapping)


def dump(value: Mapping[str, Any]) -> bytes:
    """A mapping as YAML bytes that read back as the same value; equal values give equal bytes."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000).encode()
