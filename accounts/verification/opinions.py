"""The verifier's signed opinion, over the exact figures as they stand when it is signed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.yearly import year_co2e_mg, year_masses_mg
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.canonical import canonical_json
from accounts.identity.consents import record_read
from accounts.identity.permissions import Permission
from accounts.transparency import log
from accounts.verification.cases import case_row, locked_case, take
from accounts.verification.rounds import Round, round_by_id
from accounts.verification.states import Party, move_named
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

OPINIONS = {
    "unqualified": N_("without qualification"),
    "qualified": N_("with qualification"),
    "adverse": N_("adverse"),
}


@dataclass(frozen=True)
class SignedOpinion:
    """What the verifier signed. `holds` says that the year's figures are still those; `digest` seals `sealed`."""

    id: UUID
    opinion: str
    assurance: str
    text: str
    co2e_mg: int
    sealed: str
    digest: str
    signed_by_name: str
    signed_at: datetime
    holds: bool


async def sign_opinion(actor: Actor, *, case_id: UUID, opinion: str, text: str) -> SignedOpinion:
    """Sign over the year's milligrams by scope and gas; the case becomes verified.

    Raises:
        NotPermitted: without `verification:work`.
        NotFound: no such case of the verifier's.
        Problem: an unknown opinion, or no words.
        Conflict: sampled lines are unchecked, or open findings do not allow this opinion.
    """
    actor.require(Permission.VERIFICATION_WORK)
    text = text.strip()
    if opinion not in OPINIONS:
        raise Problem(N_("The opinion is {value}; choose one of {known}."), at="opinion", value=opinion, known=", ".join(OPINIONS))  # fmt: skip
    if not 1 <= len(text) <= 4000:
        raise Problem(N_("Write the opinion in 1 to {limit} characters."), at="text", limit=4000)
    async with transaction(tenant=actor.tenant_id) as connection:
        row, state, party = await locked_case(connection, actor, case_id)
        if party is not Party.VERIFIER:
            raise NotFound(N_("There is no such case."))
        arrow = move_named("sign", state, party)
        await _check_ready(connection, case_id, opinion)
        terms = await round_by_id(connection, row["round_id"])
        await record_read(
            connection, actor, owner_id=row["tenant_id"], scope="account", subject=f"account {row['year']}"
        )
        sealed = await _sealed(connection, row, terms, opinion, text)
        total = await year_co2e_mg(connection, row["tenant_id"], row["year"], terms.gwp_set)
        digest = hashlib.sha256(sealed.encode()).hexdigest()
        opinion_id = new_id()
        await connection.execute(
            """insert into verification_opinion (id, case_id, tenant_id, verifier_id, authority_id, opinion, assurance, co2e_mg,
                   sealed, digest, signed_by, signed_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
            opinion_id, case_id, row["tenant_id"], row["verifier_id"], row["authority_id"], opinion, terms.assurance,
            total or 0, sealed, digest, actor.person_id, actor.name,
        )  # fmt: skip
        await log.submit(connection, "verification-opinion", {"digest": digest}, object_id=opinion_id)
        await take(connection, actor, row, arrow, note=OPINIONS[opinion], co2e_mg=total)
        await audit.record(
            connection, actor, act="verification.opinion", object_kind="verification-case", object_id=case_id,
            details={"opinion": opinion, "digest": digest},
        )  # fmt: skip
        return await _one(connection, row, opinion_id)


async def _check_ready(connection: Connection, case_id: UUID, opinion: str) -> None:
    case = await case_row(connection, case_id)
    if case["sampled"] == 0:
        raise Conflict(N_("There is no sample yet; draw one and check its lines before signing."))
    if case["checked"] < case["sampled"]:
        raise Conflict(
            N_("{left} of {all} sampled lines are not checked yet."),
            left=case["sampled"] - case["checked"],
            all=case["sampled"],
        )
    if case["open_material"] and opinion == "unqualified":
        raise Conflict(
            N_("{count} material findings are open; close them, or sign with qualification or adverse."),
            count=case["open_material"],
        )


async def _sealed(connection: Connection, row: Any, terms: Round, opinion: str, text: str) -> str:
    """The text that is signed: canonical JSON of who, which year, which figures, which terms."""
    masses = await year_masses_mg(connection, row["tenant_id"], row["year"])
    return canonical_json(
        {
            "case": row["id"],
            "enterprise": row["tenant_id"],
            "verifier": row["verifier_id"],
            "year": row["year"],
            "gwp_set": terms.gwp_set,
            "assurance": terms.assurance,
            "materiality_percent": str(terms.materiality_percent),
            "opinion": opinion,
            "text": text,
            "mg_by_scope_and_gas": {
                str(scope): dict(sorted(gases.items())) for scope, gases in sorted(masses.items())
            },
        }
    )


async def read_opinion(actor: Actor, *, case_id: UUID) -> SignedOpinion | None:
    """The latest opinion of a case; whether it still holds is computed from the figures of now.

    Raises:
        NotFound: no such case.
    """
    actor.require(Permission.VERIFICATION_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await case_row(connection, case_id)
        latest = await connection.fetchval(
            "select id from verification_opinion where case_id = $1 order by id desc limit 1", case_id
        )
        return None if latest is None else await _one(connection, row, latest)


async def _one(connection: Connection, case: Any, opinion_id: UUID) -> SignedOpinion:
    row = await connection.fetchrow(
        """select id, opinion, assurance, co2e_mg, sealed, digest, signed_by_name, signed_at from verification_opinion
            where id = $1""",
        opinion_id,
    )
    if row is None:
        raise NotFound(N_("There is no such opinion."))
    sealed = msgspec.json.decode(row["sealed"])
    masses = await year_masses_mg(connection, case["tenant_id"], case["year"])
    now = {str(scope): {gas: mg for gas, mg in gases.items() if mg} for scope, gases in masses.items()}
    then = {
        scope: {gas: mg for gas, mg in gases.items() if mg}
        for scope, gases in sealed["mg_by_scope_and_gas"].items()
    }
    return SignedOpinion(
        **row,
        text=sealed["text"],
        holds={k: v for k, v in now.items() if v} == {k: v for k, v in then.items() if v},
    )
