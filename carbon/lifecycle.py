"""A life as a list of moves: who may bring a thing from which state to which, by which act, under which guards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from carbon.errors import N_, Conflict, NotPermitted
from carbon.text import Text


@dataclass(frozen=True)
class State:
    """One state; nothing leaves a `final` one, `editable` ones let the content change."""

    id: str
    name: Text
    final: bool = False
    editable: bool = False


@dataclass(frozen=True)
class Move:
    """One act from one state to another; `clause` is the rule it follows.

    `working_days` is how long the state it leads to lasts, `next_role` who must act in it.
    """

    act: str
    name: Text
    source: str
    target: str
    role: str
    guards: tuple[str, ...] = ()
    clause: str = ""
    working_days: int | None = None
    next_role: str = ""
    two_people: bool = False
    needs_reason: bool = False


@dataclass(frozen=True)
class Machine:
    """States and moves of one kind of thing under one set of rules."""

    id: str
    states: Mapping[str, State]
    moves: tuple[Move, ...]
    start: str

    def __post_init__(self) -> None:
        """Refuse a machine that is not whole.

        Raises:
            ValueError: a move between unknown states, out of a final one, twice, or a state nobody can reach.
        """
        seen = set()
        for move in self.moves:
            if move.source not in self.states or move.target not in self.states:
                raise ValueError(f"{self.id}: {move.act} joins unknown states {move.source}, {move.target}.")
            if self.states[move.source].final:
                raise ValueError(f"{self.id}: {move.act} leaves the final state {move.source}.")
            if (move.source, move.act) in seen:
                raise ValueError(f"{self.id}: {move.act} leaves {move.source} twice.")
            seen.add((move.source, move.act))
        lost = set(self.states) - self.reachable({self.start})
        if lost:
            raise ValueError(f"{self.id}: nothing leads to {', '.join(sorted(lost))}.")

    @cached_property
    def by_source(self) -> Mapping[str, tuple[Move, ...]]:
        """The moves that leave each state, in the order they are written."""
        return {state: tuple(move for move in self.moves if move.source == state) for state in self.states}

    def reachable(self, states: Iterable[str]) -> set[str]:
        """Every state that moves lead to from these, themselves included."""
        found = set(states)
        while more := {move.target for move in self.moves if move.source in found} - found:
            found |= more
        return found

    def move(self, state: str, act: str, roles: Iterable[str]) -> Move:
        """The move of this act out of this state.

        Raises:
            Conflict: the act does not stand in this state; says which do.
            NotPermitted: it is another role's.
        """
        held = set(roles)
        found = next((move for move in self.by_source[state] if move.act == act), None)
        if found is None:
            possible = [move.name for move in self.by_source[state] if move.role in held]
            raise Conflict(
                N_("“{act}” is not possible in the state “{state}”. Possible for you now: {possible}."),
                act=next((move.name for move in self.moves if move.act == act), act),
                state=self.states[state].name,
                possible=Text.listed(possible) if possible else Text("无", "nothing"),
                at="act",
            )
        if found.role not in held:
            raise NotPermitted(
                N_("“{act}” is done by the {role}."), act=found.name, role=ROLES[found.role], at="act"
            )
        return found


ROLES: Mapping[str, Text] = {
    "owner": Text("项目业主", "project owner"),
    "validator": Text("审定机构", "validation body"),
    "verifier": Text("核查机构", "verification body"),
    "authority": Text("登记机构", "registry office"),
    "system": Text("系统", "system"),
}
"""Who acts, as the rules call them."""
