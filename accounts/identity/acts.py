"""The protected acts: which rooms offered them, who may draft and approve them, and what carries them out.

A room registers its acts where it is imported; nothing here knows what an act does.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound

Executor = Callable[[Connection, Actor, dict[str, Any]], Awaitable[Mapping[str, Any] | None]]
"""Does the act in the approver's transaction, with the approver as actor and the content exactly as drafted."""


@dataclass(frozen=True)
class Act:
    """One kind of protected act; `words` is an English template without places, e.g. "Issue credits"."""

    kind: str
    permission: Permission
    draft_permission: Permission
    words: str
    execute: Executor


_ACTS: dict[str, Act] = {}


def register(
    kind: str,
    *,
    permission: Permission,
    execute: Executor,
    words: str = "",
    draft_permission: Permission | None = None,
) -> None:
    """Offer an act. `permission` is the approver's, `draft_permission` the drafter's (the same if not given).

    Raises:
        ValueError: the kind is taken by another executor.
    """
    known = _ACTS.get(kind)
    if known is not None and known.execute.__qualname__ != execute.__qualname__:
        raise ValueError(f"the act {kind!r} is registered already, by {known.execute.__qualname__}")
    _ACTS[kind] = Act(kind, permission, draft_permission or permission, words or kind, execute)


def act(
    kind: str, *, permission: Permission, words: str = "", draft_permission: Permission | None = None
) -> Callable[[Executor], Executor]:
    """`register` as a decorator of the executor."""

    def offered(execute: Executor) -> Executor:
        register(kind, permission=permission, execute=execute, words=words, draft_permission=draft_permission)
        return execute

    return offered


def act_of(kind: str) -> Act:
    """The act of this kind.

    Raises:
        NotFound: no room offers it.
    """
    found = _ACTS.get(kind)
    if found is None:
        raise NotFound(N_("There is no act {act} that two persons decide."), act=kind)
    return found


def words_of(kind: str) -> str:
    """The act in words, an English template; the kind itself when no room offers it any more."""
    found = _ACTS.get(kind)
    return found.words if found else kind


def may_draft(kind: str, actor: Actor) -> bool:
    """Whether the actor's permissions let them draft such an act."""
    found = _ACTS.get(kind)
    return found is not None and found.draft_permission in actor.permissions


def draftable(actor: Actor) -> list[str]:
    """The kinds of acts the actor may draft."""
    return [kind for kind in _ACTS if may_draft(kind, actor)]
