"""The books as a machine: whatever is asked, PostgreSQL answers as the plain model does."""

import asyncio
from collections.abc import Callable
from datetime import date

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from accounts.database.pool import close_pool, open_pool
from accounts.database.roles import Role, role_url
from accounts.database.transactions import transaction
from accounts.ledger import journal, refusals
from accounts.ledger.checks import check_books
from accounts.ledger.journal import Leg, Transfer
from carbon.errors import Problem
from carbon.identifiers import new_id
from tests.accounts.ledger.reference import Account, Books, Move, Refused
from tests.conftest import copied_database

DAY = date(2026, 3, 1)
HOLDERS = ("bureau", "bank", "farm")
ACCOUNTS = {
    "treasury": Account("bureau", "CNY-fen", issuing=True),
    "fund": Account("bureau", "CNY-fen"),
    "second fund": Account("bureau", "CNY-fen"),
    "bank": Account("bank", "CNY-fen"),
    "farm": Account("farm", "CNY-fen"),
    "registry": Account("bureau", "credit-kg", issuing=True),
    "credits": Account("farm", "credit-kg"),
}
PAIRS = [
    ("treasury", "fund"),
    ("fund", "bank"),
    ("fund", "farm"),
    ("bank", "farm"),
    ("farm", "second fund"),
    ("registry", "credits"),
]

holders = st.sampled_from(HOLDERS)
names = st.sampled_from(sorted(ACCOUNTS))
amounts = st.integers(1, 40)
keys = st.sampled_from("abcdefgh")
kinds = st.sampled_from(("pay", "pay.part"))
moves = st.builds(
    lambda pair, amount: Move(*pair, amount),
    st.one_of(st.sampled_from(PAIRS), st.sampled_from(PAIRS), st.tuples(names, names)),
    amounts,
)
owners = {name: account.holder for name, account in ACCOUNTS.items()}


@st.composite
def posts(draw):
    """(author, kind, key, moves), mostly by whom the first account belongs to."""
    chosen = tuple(draw(st.lists(moves, min_size=1, max_size=3)))
    author = draw(st.one_of(st.just(owners[chosen[0].debit]), st.just(owners[chosen[0].debit]), holders))
    return author, draw(kinds), draw(keys), chosen


class LedgerMachine(RuleBasedStateMachine):
    runner: asyncio.Runner
    check_as_auditor: Callable

    entries = Bundle("entries")
    holds = Bundle("holds")

    @initialize()
    def open_books(self):
        self.tenants = {name: new_id() for name in HOLDERS}
        self.model = Books()
        self.ids, self.entry_ids, self.hold_ids = {}, {}, {}

        async def open_all():
            for name, account in ACCOUNTS.items():
                tenant = self.tenants[account.holder]
                async with transaction(tenant=tenant) as connection:
                    await journal.register_commodity(
                        connection, code="credit-kg", unit_zh="千克", unit_en="kg"
                    )
                    self.ids[name] = await journal.open_account(
                        connection,
                        tenant_id=tenant,
                        code=name,
                        commodity=account.commodity,
                        kind="issuing" if account.issuing else "holding",
                    )
                self.model.accounts[name] = Account(account.holder, account.commodity, account.issuing)

        self.runner.run(open_all())

    def both(self, author, expected, work):
        """Run the model and the ledger; both refuse for the same reason, or both succeed."""
        try:
            expected()
            outcome = None
        except Refused as refused:
            outcome = str(refused)

        async def ask():
            async with transaction(tenant=self.tenants[author]) as connection:
                return await work(connection)

        try:
            answer = self.runner.run(ask())
        except Problem as problem:
            answer = problem
        if isinstance(answer, Problem):
            assert str(answer)
            assert outcome is not None, f"the ledger refused: {answer}"
            assert answer.template == refusals._PROBLEMS[outcome][1]
            return None
        assert outcome is None, f"the ledger accepted what the model refuses as {outcome}"
        return answer

    def legs(self, moves):
        return tuple(Leg(self.ids[m.debit], self.ids[m.credit], m.amount) for m in moves)

    def remember(self, name, entry):
        if entry is None:
            return multiple()
        assert entry.replayed == (name in self.entry_ids)
        assert self.entry_ids.setdefault(name, entry.id) == entry.id
        return name

    @rule(
        target=entries,
        amount=st.integers(1, 200),
        key=keys,
        pair=st.sampled_from((("treasury", "fund"), ("registry", "credits"))),
    )
    def issue(self, amount, key, pair):
        return self.transfer(("bureau", "issue", key, (Move(*pair, amount),)))

    @rule(target=entries, what=posts())
    def transfer(self, what):
        author, kind, key, moves = what
        entry = self.both(
            author,
            lambda: self.model.post(author, kind, key, moves, moves),
            lambda c: journal.post(c, key=key, kind=kind, legs=self.legs(moves), occurred_on=DAY),
        )
        return self.remember((author, kind, key), entry)

    @rule(target=entries, author=holders, many=st.lists(posts(), min_size=1, max_size=8))
    def batch(self, author, many):
        expected, first = [], {}
        for _, kind, key, moves in many:
            # Within one batch, a repeat gets what the first of its key got.
            if (kind, key) in first:
                request, outcome = first[kind, key]
                expected.append(outcome if request == moves else "key-reused")
                continue
            try:
                self.model.post(author, kind, key, moves, moves)
                outcome = None
            except Refused as refused:
                outcome = str(refused)
            first[kind, key] = (moves, outcome)
            expected.append(outcome)

        async def ask():
            async with transaction(tenant=self.tenants[author]) as connection:
                return await journal.post_batch(
                    connection, [Transfer(key, kind, self.legs(moves), DAY) for _, kind, key, moves in many]
                )

        answers = self.runner.run(ask())
        for answer, outcome in zip(answers, expected, strict=True):
            if outcome is None:
                assert isinstance(answer, journal.Entry), f"the ledger refused: {answer}"
            else:
                assert isinstance(answer, Problem)
                assert answer.template == refusals._PROBLEMS[outcome][1]
        return multiple(
            *{
                self.remember((author, kind, key), answer)
                for (_, kind, key, _), answer, outcome in zip(many, answers, expected, strict=True)
                if outcome is None
            }
        )

    @rule(target=entries, entry=entries, author=holders, key=keys)
    def reverse(self, entry, author, key):
        reversal = self.both(
            author,
            lambda: self.model.reverse(author, "reversal", key, entry, ("back", entry)),
            lambda c: journal.reverse(c, entry_id=self.entry_ids[entry], key=key, occurred_on=DAY),
        )
        return self.remember((author, "reversal", key), reversal)

    @rule(target=holds, move=moves, kind=kinds, key=keys, stranger=st.one_of(st.none(), st.none(), holders))
    def hold(self, move, kind, key, stranger):
        author = stranger or owners[move.debit]
        held = self.both(
            author,
            lambda: self.model.hold(author, kind, key, move.debit, move.credit, move.amount, move),
            lambda c: journal.hold(
                c,
                key=key,
                kind=kind,
                debit=self.ids[move.debit],
                credit=self.ids[move.credit],
                amount=move.amount,
            ),
        )
        if held is None:
            return multiple()
        name = (author, kind, key)
        assert self.hold_ids.setdefault(name, held.id) == held.id
        return name

    @rule(
        target=entries,
        hold=holds,
        kind=kinds,
        key=keys,
        part=st.one_of(st.none(), amounts),
        final=st.booleans(),
        stranger=st.one_of(st.none(), st.none(), holders),
    )
    def settle(self, hold, kind, key, part, final, stranger):
        author = stranger or owners[self.model.holds[hold].debit]
        entry = self.both(
            author,
            lambda: self.model.settle(author, kind, key, hold, part, final, ("settle", hold, part, final)),
            lambda c: journal.settle_hold(
                c, hold_id=self.hold_ids[hold], key=key, kind=kind, occurred_on=DAY, amount=part, final=final
            ),
        )
        return self.remember((author, kind, key), entry)

    @rule(hold=holds, author=holders)
    def release(self, hold, author):
        self.both(
            author,
            lambda: self.model.release(author, "hold.release", hold),
            lambda c: journal.release_hold(c, hold_id=self.hold_ids[hold]),
        )

    @rule(name=names, grantee=holders, kind=kinds)
    def grant(self, name, grantee, kind):
        self.both(
            owners[name],
            lambda: self.model.mandates.update(
                (name, grantee, k) for k in ("pay", "pay.part") if k.startswith(kind)
            ),
            lambda c: journal.grant_mandate(
                c, account_id=self.ids[name], grantee_id=self.tenants[grantee], kind=kind
            ),
        )

    @rule(name=names, frozen=st.booleans())
    def freeze(self, name, frozen):
        account = self.ids[name]
        self.both(
            owners[name],
            lambda: setattr(self.model.accounts[name], "frozen", frozen),
            lambda c: (
                journal.freeze_account(c, account_id=account, reason="审计")
                if frozen
                else journal.unfreeze_account(c, account_id=account)
            ),
        )

    @invariant()
    def the_same_balances_and_statements(self):
        self.model.check()

        async def compare():
            for name, account in self.model.accounts.items():
                async with transaction(tenant=self.tenants[account.holder], readonly=True) as connection:
                    kept = await journal.balance(connection, self.ids[name])
                    lines = await journal.statement(connection, self.ids[name], limit=1000)
                assert (kept.posted, kept.held) == (account.posted, account.held), name
                assert [line.change for line in reversed(lines)] == account.lines

        self.runner.run(compare())

    def teardown(self):
        assert self.runner.run(self.check_as_auditor()) == []


@pytest.mark.timeout(600)
def test_the_ledger_answers_as_the_plain_model_does(server, template, database_settings):
    with asyncio.Runner() as runner:
        copy = copied_database(server, template, database_settings)
        database = runner.run(copy.__aenter__())
        runner.run(open_pool(database.admin_url, Role.WEB, database_settings))

        async def check():
            auditor = await asyncpg.connect(
                role_url(database.admin_url, database_settings.role_prefix, Role.AUDITOR)
            )
            try:
                return await check_books(auditor)
            finally:
                await auditor.close()

        machine = type(
            "Machine", (LedgerMachine,), {"runner": runner, "check_as_auditor": staticmethod(check)}
        )
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=25,
                    stateful_step_count=25,
                    deadline=None,
                    derandomize=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(close_pool())
            runner.run(copy.__aexit__(None, None, None))
