-- The only ways into the books. Each runs as the owner, answers with an outcome instead of failing, and lets only the
-- holder of the debited account, or someone with the holder's mandate, take anything out of it.

create function ledger_may_draw(author uuid, account uuid, entry_kind text, receiver uuid) returns boolean
language sql stable set search_path = public, pg_temp as $$
    select exists (
        select from ledger_mandate m
        where m.account_id = account and m.ended_at is null
            and (m.grantee_id is null or m.grantee_id = author)
            and (m.to_account_id is null or m.to_account_id = receiver)
            and (m.kind = entry_kind or starts_with(entry_kind, m.kind || '.'))
    )
$$;

-- Entries in the order given, each whole or not at all; a refused one leaves the others as they are.
-- `accounts` are all accounts concerned, each once, ascending; the legs name them by place, entry after entry.
-- Outcomes: posted, replayed, key-reused, no-account, not-yours, other-commodity, same-account, frozen, short, out-of-range.
create function ledger_post_checked(
    authors uuid[], ids uuid[], kinds text[], keys text[], hashes bytea[], days date[], memos text[],
    reversed uuid[], holds uuid[], leg_counts smallint[],
    accounts uuid[], debits integer[], credits integer[], amounts bigint[],
    out outcomes text[], out entry_ids uuid[], out instants timestamptz[], out refused_legs integer[], out available bigint[]
) language plpgsql set search_path = public, pg_temp as $$
declare
    most constant bigint := 4000000000000000000;
    found_ids uuid[]; tenants uuid[]; commodities text[]; issuing boolean[]; frozen boolean[];
    posted bigint[]; held bigint[]; versions bigint[];
    instant timestamptz;
    leg_ids uuid[]; leg_authors uuid[]; sequences smallint[];
    debit_balances bigint[]; debit_versions bigint[]; credit_balances bigint[]; credit_versions bigint[];
    known record;
    entries constant integer := cardinality(ids);
    legs constant integer := cardinality(debits);
    first_leg integer; leg integer := 0;
    debit integer; credit integer; amount bigint;
    refusal text;
    asked text := ''; question text; granted boolean;
    none bigint[] := array_fill(null::bigint, array[legs]);
begin
    outcomes := array_fill(null::text, array[entries]);
    entry_ids := array_fill(null::uuid, array[entries]);
    instants := array_fill(null::timestamptz, array[entries]);
    refused_legs := array_fill(null::integer, array[entries]);
    available := array_fill(null::bigint, array[entries]);

    -- Everyone locks in the order of ids, so that nobody waits in a circle.
    select array_agg(a.id), array_agg(a.tenant_id), array_agg(a.commodity::text), array_agg(a.kind = 'issuing'),
           array_agg(a.frozen), array_agg(a.posted), array_agg(a.held), array_agg(a.version),
           greatest(max(a.changed_at), clock_timestamp())
    into found_ids, tenants, commodities, issuing, frozen, posted, held, versions, instant
    from (select * from ledger_account where id = any (accounts) order by id for no key update) a;

    if found_ids is distinct from accounts then
        select array_agg(a.tenant_id order by w.place), array_agg(a.commodity::text order by w.place),
               array_agg(a.kind = 'issuing' order by w.place), array_agg(a.frozen order by w.place),
               array_agg(a.posted order by w.place), array_agg(a.held order by w.place), array_agg(a.version order by w.place)
        into tenants, commodities, issuing, frozen, posted, held, versions
        from unnest(accounts) with ordinality w(id, place)
        left join ledger_account a on a.id = w.id and w.id = any (found_ids);
    end if;

    -- Only now, under the locks, is it certain which keys are in the books.
    for known in
        select k.place, e.id, e.posted_at, e.request_hash = k.hash as same
        from unnest(authors, kinds, keys, hashes) with ordinality k(author, kind, key, hash, place)
        join ledger_entry e on e.tenant_id = k.author and e.kind = k.kind and e.key = k.key
    loop
        outcomes[known.place] := case when known.same then 'replayed' else 'key-reused' end;
        if known.same then
            entry_ids[known.place] := known.id;
            instants[known.place] := known.posted_at;
        end if;
    end loop;

    leg_ids := array_fill(null::uuid, array[legs]);
    leg_authors := leg_ids;
    sequences := array_fill(null::smallint, array[legs]);
    debit_balances := none; debit_versions := none; credit_balances := none; credit_versions := none;
    for entry in 1 .. entries loop
        first_leg := leg + 1;
        leg := leg + leg_counts[entry];
        continue when outcomes[entry] is not null;
        for at in first_leg .. leg loop
            debit := debits[at]; credit := credits[at]; amount := amounts[at];
            granted := tenants[debit] = authors[entry];
            if not granted then
                question := format('%s %s %s %s', authors[entry], accounts[debit], kinds[entry], accounts[credit]);
                if asked <> question or asked is null then
                    granted := ledger_may_draw(authors[entry], accounts[debit], kinds[entry], accounts[credit]);
                    asked := case when granted then question else '' end;
                else
                    granted := true;
                end if;
            end if;
            refusal := case
                when granted is not true then 'not-yours'
                when tenants[credit] is null then 'no-account'
                when debit = credit then 'same-account'
                when commodities[debit] <> commodities[credit] then 'other-commodity'
                when frozen[debit] then 'frozen'
                when not issuing[debit] and posted[debit] - held[debit] < amount then 'short'
                when posted[credit] > most - amount or posted[debit] < amount - most then 'out-of-range'
            end;
            if refusal is not null then
                outcomes[entry] := refusal;
                refused_legs[entry] := at - first_leg + 1;
                available[entry] := case when refusal = 'short' then posted[debit] - held[debit] end;
                for undone in first_leg .. at - 1 loop
                    posted[debits[undone]] := posted[debits[undone]] + amounts[undone];
                    posted[credits[undone]] := posted[credits[undone]] - amounts[undone];
                    versions[debits[undone]] := versions[debits[undone]] - 1;
                    versions[credits[undone]] := versions[credits[undone]] - 1;
                    leg_ids[undone] := null;
                end loop;
                exit;
            end if;
            posted[debit] := posted[debit] - amount;
            posted[credit] := posted[credit] + amount;
            versions[debit] := versions[debit] + 1;
            versions[credit] := versions[credit] + 1;
            debit_balances[at] := posted[debit]; debit_versions[at] := versions[debit];
            credit_balances[at] := posted[credit]; credit_versions[at] := versions[credit];
            leg_ids[at] := ids[entry]; leg_authors[at] := authors[entry]; sequences[at] := at - first_leg + 1;
        end loop;
        if outcomes[entry] is null then
            outcomes[entry] := 'posted';
            entry_ids[entry] := ids[entry];
            instants[entry] := instant;
        end if;
    end loop;

    insert into ledger_entry (id, tenant_id, kind, key, request_hash, occurred_on, posted_at, memo, reverses, hold_id, posting_count)
    select e.id, e.author, e.kind, e.key, e.hash, e.day, instant, e.memo, e.reverses, e.hold_id, e.legs
    from unnest(ids, authors, kinds, keys, hashes, days, memos, reversed, holds, leg_counts, outcomes)
        e(id, author, kind, key, hash, day, memo, reverses, hold_id, legs, outcome)
    where e.outcome = 'posted';

    insert into ledger_posting (
        entry_id, tenant_id, sequence, debit_account_id, debit_tenant_id, debit_version, debit_balance_after,
        credit_account_id, credit_tenant_id, credit_version, credit_balance_after, commodity, amount, posted_at)
    select l.id, l.author, l.sequence, accounts[l.debit], tenants[l.debit], l.debit_version, l.debit_balance,
        accounts[l.credit], tenants[l.credit], l.credit_version, l.credit_balance, commodities[l.debit], l.amount, instant
    from unnest(leg_ids, leg_authors, sequences, debits, debit_versions, debit_balances, credits, credit_versions, credit_balances, amounts)
        l(id, author, sequence, debit, debit_version, debit_balance, credit, credit_version, credit_balance, amount)
    where l.id is not null;
end $$;

-- What the application calls: under a tenant, everything is posted by that tenant. A transaction that belongs to no
-- tenant (the queue that shares one commit among many) says for each entry who posts it.
create function ledger_post(
    authors uuid[], ids uuid[], kinds text[], keys text[], hashes bytea[], days date[], memos text[], leg_counts smallint[],
    accounts uuid[], debits integer[], credits integer[], amounts bigint[],
    out outcomes text[], out entry_ids uuid[], out instants timestamptz[], out refused_legs integer[], out available bigint[]
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
begin
    if authors is null then
        authors := array_fill(me, array[cardinality(ids)]);
    end if;
    if array_position(authors, null) is not null or me <> any (authors) then
        raise exception 'an entry is posted by the tenant of its transaction'
            using errcode = 'insufficient_privilege';
    end if;
    select * into outcomes, entry_ids, instants, refused_legs, available
    from ledger_post_checked(authors, ids, kinds, keys, hashes, days, memos, null, null, leg_counts,
                             accounts, debits, credits, amounts);
end $$;

-- The same amounts back, last leg first. Outcomes, besides those of posting: no-entry, is-reversal, reversed-already.
create function ledger_reverse(
    entry uuid, id uuid, kind text, key text, hash bytea, day date, memo text,
    out outcome text, out entry_id uuid, out instant timestamptz,
    out available bigint, out account_id uuid, out to_account_id uuid, out amount bigint
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    original record;
    accounts uuid[]; debits integer[]; credits integer[]; amounts bigint[];
    answer record;
begin
    select e.tenant_id, e.reverses, e.posting_count into original from ledger_entry e where e.id = entry;
    select array_agg(distinct a.id) into accounts
    from ledger_posting p, lateral (values (p.debit_account_id), (p.credit_account_id)) a(id)
    where p.entry_id = entry
        and exists (select from ledger_posting q where q.entry_id = entry
                    and me in (q.tenant_id, q.debit_tenant_id, q.credit_tenant_id));
    if accounts is null then
        outcome := 'no-entry';
        return;
    end if;
    perform from ledger_account a where a.id = any (accounts) order by a.id for no key update;

    select array_agg(array_position(accounts, p.credit_account_id) order by p.sequence desc),
           array_agg(array_position(accounts, p.debit_account_id) order by p.sequence desc),
           array_agg(p.amount order by p.sequence desc)
    into debits, credits, amounts
    from ledger_posting p where p.entry_id = entry;

    if not exists (select from ledger_entry e where e.tenant_id = me and e.kind = ledger_reverse.kind and e.key = ledger_reverse.key) then
        outcome := case
            when original.reverses is not null then 'is-reversal'
            when exists (select from ledger_entry e where e.reverses = entry) then 'reversed-already'
        end;
        if outcome is not null then
            return;
        end if;
    end if;
    select * into answer from ledger_post_checked(
        array[me], array[id], array[kind], array[key], array[hash], array[day], array[memo], array[entry], null,
        array[original.posting_count], accounts, debits, credits, amounts);
    outcome := answer.outcomes[1]; entry_id := answer.entry_ids[1]; instant := answer.instants[1];
    available := answer.available[1];
    account_id := accounts[debits[answer.refused_legs[1]]];
    to_account_id := accounts[credits[answer.refused_legs[1]]];
    amount := amounts[answer.refused_legs[1]];
end $$;
