"""Function rights: casbin expands each role once into the set of verbs it allows; the set answers from then on.

The policy is content (rules/national/permissions); casbin's deny costs milliseconds at a province's size, a set lookup none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import casbin

from kernel.errors import NotAllowed
from kernel.work import Person, Work

_MODEL = """
[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj
"""


class Policy:
    """Which role may do which verb. `allows`: (role, verb) pairs; `inherits`: (role, role it includes); `names`: verb → Chinese."""

    def __init__(
        self,
        allows: Iterable[tuple[str, str]],
        inherits: Iterable[tuple[str, str]] = (),
        names: Mapping[str, str] | None = None,
    ) -> None:
        model = casbin.Enforcer.new_model(text=_MODEL)
        enforcer = casbin.Enforcer(model)
        for role, verb in allows:
            enforcer.add_policy(role, verb)
        for role, included in inherits:
            enforcer.add_grouping_policy(role, included)
        self.names = dict(names or {})
        self._roles: dict[str, frozenset[str]] = {}
        self._enforcer = enforcer

    def verbs(self, role: str) -> frozenset[str]:
        """The verbs of a role, its included roles' too."""
        if role not in self._roles:
            implied = self._enforcer.get_implicit_permissions_for_user(role)
            self._roles[role] = frozenset(line[1] for line in implied)
        return self._roles[role]

    def may(self, person: Person, verb: str, agency_id: int | None = None, category: str | None = None) -> bool:
        """May this person do the verb – anywhere, or for this agency and enforcement category?"""
        return any(
            verb in self.verbs(g.role)
            and (agency_id is None or agency_id in g.agencies)
            and (category is None or category in g.categories)
            for g in person.grants
        )


def demand(work: Work, verb: str, agency_id: int | None = None, category: str | None = None) -> None:
    """Refuses with `NotAllowed` unless the person may; the system may do what its job asks."""
    if "system" in work.person.roles or work.node.policy.may(work.person, verb, agency_id, category):
        return
    name = work.node.policy.names.get(verb, verb)
    where = "" if agency_id is None else "(限于本人授权的机构和执法门类)"
    refusal = NotAllowed(f"您没有“{name}”的权限{where}", remedy="如工作需要,请向本机构安全管理员申请授权")
    refusal.verb = verb
    raise refusal
