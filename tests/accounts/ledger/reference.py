"""The laws of the books in memory, as plainly as they can be said; what PostgreSQL does is held against this."""

from dataclasses import dataclass, field


@dataclass
class Account:
    holder: str
    commodity: str
    issuing: bool = False
    posted: int = 0
    held: int = 0
    frozen: bool = False
    lines: list[int] = field(default_factory=list)

    @property
    def available(self) -> int:
        return self.posted - self.held


@dataclass(frozen=True)
class Move:
    debit: str
    credit: str
    amount: int


@dataclass
class Entry:
    author: str
    moves: tuple[Move, ...]
    request: object
    reverses: str | None = None


@dataclass
class Hold:
    debit: str
    credit: str
    amount: int
    request: object
    settled: int = 0
    state: str = "held"


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Carries the outcome's name, as the ledger's functions have it."""


class Books:
    """Entries and holds are known by what brought them: author, kind and key."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.entries: dict[tuple[str, str, str], Entry] = {}
        self.holds: dict[tuple[str, str, str], Hold] = {}
        self.mandates: set[tuple[str, str, str]] = set()

    def may_draw(self, author: str, account: str, kind: str) -> bool:
        holder = self.accounts[account].holder
        return holder == author or (account, author, kind) in self.mandates

    def _refuse_unless_new(self, known, name, request) -> bool:
        if name not in known:
            return False
        if known[name].request != request:
            raise Refused("key-reused")
        return True

    def _check_parties(self, author: str, kind: str, debit: str, credit: str) -> None:
        if not self.may_draw(author, debit, kind):
            raise Refused("not-yours")
        if debit == credit:
            raise Refused("same-account")
        if self.accounts[debit].commodity != self.accounts[credit].commodity:
            raise Refused("other-commodity")

    def _check_funds(self, payer: Account, amount: int) -> None:
        if payer.frozen:
            raise Refused("frozen")
        if not payer.issuing and payer.available < amount:
            raise Refused("short")

    def post(self, author, kind, key, moves, request, *, reverses=None) -> Entry:
        name = (author, kind, key)
        if self._refuse_unless_new(self.entries, name, request):
            return self.entries[name]
        done: list[Move] = []
        try:
            for move in moves:
                self._check_parties(author, kind, move.debit, move.credit)
                self._check_funds(self.accounts[move.debit], move.amount)
                self._move(move)
                done.append(move)
        except Refused:
            for move in reversed(done):
                self._unmove(move)
            raise
        self.entries[name] = Entry(author, tuple(moves), request, reverses)
        return self.entries[name]

    def _move(self, move: Move) -> None:
        for account, change in ((move.debit, -move.amount), (move.credit, move.amount)):
            self.accounts[account].posted += change
            self.accounts[account].lines.append(change)

    def _unmove(self, move: Move) -> None:
        for account, change in ((move.debit, -move.amount), (move.credit, move.amount)):
            self.accounts[account].posted -= change
            self.accounts[account].lines.pop()

    def reverse(self, author, kind, key, entry_name, request) -> Entry:
        entry = self.entries.get(entry_name)
        parties = {self.accounts[a].holder for m in entry.moves for a in (m.debit, m.credit)} | {entry.author}
        if author not in parties:
            raise Refused("no-entry")
        if not self._refuse_unless_new(self.entries, (author, kind, key), request):
            if entry.reverses is not None:
                raise Refused("is-reversal")
            if any(other.reverses == entry_name for other in self.entries.values()):
                raise Refused("reversed-already")
        back = tuple(Move(m.credit, m.debit, m.amount) for m in reversed(entry.moves))
        return self.post(author, kind, key, back, request, reverses=entry_name)

    def hold(self, author, kind, key, debit, credit, amount, request) -> Hold:
        name = (author, kind, key)
        if self._refuse_unless_new(self.holds, name, request):
            return self.holds[name]
        self._check_parties(author, kind, debit, credit)
        payer = self.accounts[debit]
        if payer.issuing:
            raise Refused("issuing")
        self._check_funds(payer, amount)
        payer.held += amount
        self.holds[name] = Hold(debit, credit, amount, request)
        return self.holds[name]

    def settle(self, author, kind, key, hold_name, amount, final, request) -> Entry:
        hold = self.holds[hold_name]
        if not self.may_draw(author, hold.debit, kind):
            raise Refused("no-hold")
        if self._refuse_unless_new(self.entries, (author, kind, key), request):
            return self.entries[author, kind, key]
        if hold.state != "held":
            raise Refused("closed")
        left = hold.amount - hold.settled
        part = left if amount is None else amount
        if part > left:
            raise Refused("more-than-held")
        payer = self.accounts[hold.debit]
        if payer.frozen:
            raise Refused("frozen")
        over = final or part == left
        payer.held -= left if over else part
        hold.settled += part
        hold.state = "settled" if over else "held"
        return self.post(author, kind, key, (Move(hold.debit, hold.credit, part),), request)

    def release(self, author, kind, hold_name) -> None:
        hold = self.holds[hold_name]
        if not self.may_draw(author, hold.debit, kind):
            raise Refused("no-hold")
        if hold.state != "held":
            raise Refused("closed")
        self.accounts[hold.debit].held -= hold.amount - hold.settled
        hold.state = "released"

    def check(self) -> None:
        """What must be true of the books at any moment."""
        for commodity in {account.commodity for account in self.accounts.values()}:
            assert sum(a.posted for a in self.accounts.values() if a.commodity == commodity) == 0
        for name, account in self.accounts.items():
            assert account.posted == sum(account.lines)
            assert account.issuing or account.posted >= account.held >= 0
            assert account.held == sum(
                h.amount - h.settled for h in self.holds.values() if h.state == "held" and h.debit == name
            )
