-- The only way a number moves: its posting in the ledger and its block change in one function.

-- The holder's ledger account for one batch and state, opened if need be. Whoever issues the batch may draw on it by
-- entries of kind credit.…, which this file lets through only as its rules say.
create function registry_account(tenant uuid, batch bigint, state text) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    line registry_batch;
    account uuid;
begin
    if current_tenant() is null or state not in
        ('held', 'reserved', 'pledged', 'frozen', 'buffer', 'retired', 'cancelled', 'forced-cancelled') then
        raise exception 'no account %', state using errcode = 'insufficient_privilege';
    end if;
    select * into line from registry_batch b where b.number = batch;
    if line.number is null then
        return null;
    end if;
    select a.id into account from ledger_account a
    where a.tenant_id = tenant and a.commodity = line.commodity and a.code = state;
    if account is not null then
        return account;
    end if;
    select o.account_id into account
    from ledger_open_account(gen_random_uuid(), tenant, state, line.commodity, 'holding') o
    where o.outcome in ('opened', 'known');
    if tenant <> line.keeper_id then
        insert into ledger_mandate (id, tenant_id, account_id, grantee_id, kind, granted_at)
        select gen_random_uuid(), tenant, account, line.keeper_id, 'credit', clock_timestamp()
        where not exists (select from ledger_mandate m
                          where m.account_id = account and m.grantee_id = line.keeper_id and m.ended_at is null);
    end if;
    return account;
end $$;

-- The line of numbers of this scheme, project and vintage, opened by the authority of the transaction, who alone
-- issues on it. Null when another authority keeps it.
create function registry_open_batch(scheme text, project_code text, vintage integer, project uuid, project_name text)
returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    line registry_batch;
    next bigint;
begin
    if me is null or not tenant_is('authority') then
        raise exception 'a batch is opened by an authority' using errcode = 'insufficient_privilege';
    end if;
    select * into line from registry_batch b
    where b.scheme = registry_open_batch.scheme and b.project_code = registry_open_batch.project_code
        and b.vintage_year = vintage;
    if line.number is null then
        -- Two who open the same line at once: the second waits, and finds it.
        perform pg_advisory_xact_lock(hashtextextended('registry_open_batch', 0));
        select * into line from registry_batch b
        where b.scheme = registry_open_batch.scheme and b.project_code = registry_open_batch.project_code
            and b.vintage_year = vintage;
    end if;
    if line.number is null then
        next := nextval('registry_batch_number');
        perform ledger_register_commodity('credit.' || next, '吨二氧化碳当量', 't CO2e', true);
        perform ledger_open_account(gen_random_uuid(), me, 'issued', 'credit.' || next, 'issuing');
        insert into registry_batch (number, scheme, project_code, vintage_year, project_id, project_name, keeper_id, commodity)
        values (next, scheme, project_code, vintage, project, project_name, me, 'credit.' || next)
        returning * into line;
    end if;
    return case when line.keeper_id = me then line.number end;
end $$;

create function registry_allows(from_state text, to_state text, same_holder boolean) returns boolean
language sql immutable parallel safe as $$
    select case from_state
        when 'issued' then to_state in ('held', 'buffer')
        when 'held' then
            case when same_holder then to_state in ('reserved', 'pledged', 'frozen', 'retired', 'cancelled', 'forced-cancelled')
                 else to_state = 'held' end
        when 'reserved' then to_state = 'held' or (to_state = 'retired' and same_holder)
        when 'pledged' then to_state = 'held' or (to_state = 'frozen' and same_holder)
        when 'frozen' then to_state in ('held', 'pledged', 'forced-cancelled') and same_holder
        when 'buffer' then to_state = 'held' or (to_state = 'cancelled' and same_holder)
        else false
    end
$$;

-- A run of numbers on its way: what it becomes, and the block it lies in (none: it is issued just now).
create type registry_piece as (
    entry uuid, act text, first bigint, last bigint, account_id uuid, tenant_id uuid, state text, claim_id uuid, freeze_id uuid,
    batch_number bigint, keeper_id uuid, block tid, block_first bigint, block_last bigint, block_account_id uuid,
    block_tenant_id uuid, block_state text, block_claim_id uuid, block_freeze_id uuid
);

-- Numbers for the legs from `low` to `high` that were posted: taken from the blocks of the debit account that carry the
-- leg's claim and freeze, the lowest first, or exactly those from `first` on. Returns how many numbers moved. The accounts
-- are locked, so the blocks stay where they are between the statements. Loops over unnested arrays would take the planner's
-- guess of ten rows for thousands, hence the setting.
create function registry_allot(
    instant timestamptz, leg_entries uuid[], leg_kinds text[], accounts uuid[], debits integer[], credits integer[],
    amounts bigint[], firsts bigint[], from_claims uuid[], to_claims uuid[], freezes uuid[], low integer, high integer
) returns bigint language plpgsql set search_path = public, pg_temp set enable_nestloop = off as $$
declare
    pieces registry_piece[];
begin
    with leg as (
        select l.place, l.entry, substr(l.kind, 8) as act, l.amount, l.first, d.id as debit, d.code as from_state,
               c.id as credit, c.tenant_id, c.code as state, c.commodity,
               coalesce(l.from_claim, '00000000-0000-0000-0000-000000000000') as from_claim, l.to_claim,
               case when d.code = 'frozen' then l.stop else '00000000-0000-0000-0000-000000000000' end as from_freeze,
               case when c.code = 'frozen' then l.stop end as to_freeze
        from (select *, accounts[debit] as debit_id, accounts[credit] as credit_id
              from unnest(leg_entries[low:high], leg_kinds[low:high], debits[low:high], credits[low:high], amounts[low:high],
                          firsts[low:high], from_claims[low:high], to_claims[low:high], freezes[low:high]) with ordinality
                  u(entry, kind, debit, credit, amount, first, from_claim, to_claim, stop, place)
              where u.entry is not null) l
        join ledger_account d on d.id = l.debit_id and d.id = any (accounts)
        join ledger_account c on c.id = l.credit_id and c.id = any (accounts)
    ), need as (
        select *, sum(amount) over (partition by debit, from_claim, from_freeze order by place) as upto
        from leg where first is null
    ), supply as (
        select b.*, b.ctid as place, b.last - b.first + 1 as size,
               coalesce(b.claim_id, '00000000-0000-0000-0000-000000000000') as claim,
               coalesce(b.freeze_id, '00000000-0000-0000-0000-000000000000') as stop,
               sum(b.last - b.first + 1) over (partition by b.account_id, b.claim_id, b.freeze_id order by b.first) as upto
        from registry_block b
        where b.closed_at is null and b.account_id = any (array(select distinct debit from leg where from_state <> 'issued'))
    ), piece as (
        select n.entry, n.act, s.first + (greatest(n.upto - n.amount - s.upto + s.size, 0))::bigint as first,
               s.first + (least(n.upto, s.upto) - s.upto + s.size)::bigint - 1 as last,
               n.credit, n.tenant_id, n.state, n.to_claim, n.to_freeze, s.batch_number, s.keeper_id, s.place as block,
               s.first as block_first, s.last as block_last, s.account_id, s.tenant_id as block_tenant_id,
               s.state as block_state, s.claim_id, s.freeze_id
        from need n
        join supply s on s.account_id = n.debit and s.claim = n.from_claim and s.stop = n.from_freeze
            and s.upto > n.upto - n.amount and s.upto - s.size < n.upto
        union all
        select l.entry, l.act, greatest(l.first, s.first), least(l.first + l.amount - 1, s.last),
               l.credit, l.tenant_id, l.state, l.to_claim, l.to_freeze, s.batch_number, s.keeper_id, s.place,
               s.first, s.last, s.account_id, s.tenant_id, s.state, s.claim_id, s.freeze_id
        from leg l
        join supply s on s.account_id = l.debit and s.claim = l.from_claim and s.stop = l.from_freeze
            and s.first <= l.first + l.amount - 1 and s.last >= l.first
        where l.first is not null
        union all
        select l.entry, l.act, l.first, l.first + l.amount - 1, l.credit, l.tenant_id, l.state, null, null,
               b.number, b.keeper_id, null, null, null, null, null, null, null, null
        from leg l join registry_batch b on b.commodity = l.commodity
        where l.from_state = 'issued'
    )
    select array_agg(row(p.*)::registry_piece) into pieces from piece p;

    update registry_block b set closed_at = instant
    where b.ctid = any (array(select distinct p.block from unnest(pieces) p where p.block is not null));

    insert into registry_block (batch_number, first, last, tenant_id, keeper_id, account_id, state, claim_id, freeze_id,
                                act, entry_id, opened_at)
    select p.batch_number, p.first, p.last, p.tenant_id, p.keeper_id, p.account_id, p.state, p.claim_id, p.freeze_id,
           p.act, p.entry, instant
    from unnest(pieces) p
    union all
    select s.batch_number, lower(s.rest), upper(s.rest) - 1, s.block_tenant_id, s.keeper_id, s.block_account_id,
           s.block_state, s.block_claim_id, s.block_freeze_id, 'split', s.entry, instant
    from (
        select p.batch_number, p.block_tenant_id, p.keeper_id, p.block_account_id, p.block_state, p.block_claim_id,
               p.block_freeze_id, (array_agg(p.entry order by p.first desc))[1] as entry,
               unnest(int8multirange(int8range(p.block_first, p.block_last, '[]'))
                      - range_agg(int8range(p.first, p.last, '[]'))) as rest
        from unnest(pieces) p where p.block is not null
        group by p.block, p.batch_number, p.block_tenant_id, p.keeper_id, p.block_account_id, p.block_state,
                 p.block_claim_id, p.block_freeze_id, p.block_first, p.block_last
    ) s;
    return (select coalesce(sum(p.last - p.first + 1), 0) from unnest(pieces) p);
end $$;

-- Entries of credits in the order given, as ledger_post takes them; for each leg the claim its numbers carry now, the
-- claim they get, and the freeze they go into or come out of; `firsts` names exact numbers, else the lowest are taken.
-- Entries of more than one leg, or with exact numbers, come alone. Outcomes, besides those of ledger_post:
-- not-allowed, account-frozen, not-yours-to-free, not-there.
create function registry_move(
    ids uuid[], kinds text[], keys text[], hashes bytea[], days date[], memos text[], leg_counts smallint[],
    accounts uuid[], debits integer[], credits integer[], amounts bigint[],
    firsts bigint[], from_claims uuid[], to_claims uuid[], freezes uuid[],
    out outcomes text[], out entry_ids uuid[], out instants timestamptz[], out refused_legs integer[], out available bigint[]
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    entries constant integer := cardinality(ids);
    legs constant integer := cardinality(debits);
    leg_entries uuid[]; leg_kinds text[];
    refusal text; refused integer;
    instant timestamptz;
    wanted bigint; moved bigint := 0;
    chained boolean;
    stopped uuid[];
begin
    if me is null then
        raise exception 'credits are moved by the tenant of the transaction' using errcode = 'insufficient_privilege';
    end if;
    select coalesce(array_agg(f.tenant_id), '{}') into stopped
    from registry_freeze f where f.lifted_at is null and f.batch_number is null;
    select case
               when d.code is null then 'not-yours'
               when c.code is null then 'no-account'
               when not starts_with(d.commodity, 'credit.') or not starts_with(kinds[1], 'credit.')
                   or registry_allows(d.code, c.code, d.tenant_id = c.tenant_id) is not true
                   or (entries > 1 and l.first is not null) then 'not-allowed'
               when d.code in ('held', 'reserved') and c.code not in ('frozen', 'forced-cancelled')
                   and not (d.code = 'reserved' and c.code = 'held' and d.tenant_id = c.tenant_id)
                   and d.tenant_id = any (stopped)
                   then 'account-frozen'
               when d.code = 'pledged' and c.code = 'held' and not exists (
                   select from registry_pledge p where p.id = l.from_claim and p.pledgee_id = me) then 'not-yours-to-free'
               when 'frozen' in (d.code, c.code) and not exists (
                   select from registry_freeze f where f.id = l.stop and f.authority_id = me and f.lifted_at is null)
                   then 'not-yours-to-free'
               when c.code = 'forced-cancelled' and not exists (
                   select from registry_batch b where b.commodity = c.commodity and b.keeper_id = me) then 'not-yours-to-free'
           end, l.place
    into refusal, refused
    from unnest(debits, credits, firsts, from_claims, freezes) with ordinality l(debit, credit, first, from_claim, stop, place)
    left join ledger_account d on d.id = accounts[l.debit]
    left join ledger_account c on c.id = accounts[l.credit]
    order by 1 nulls last limit 1;
    if refusal is not null then
        outcomes := array_fill(refusal, array[entries]);
        refused_legs := array_fill(refused, array[entries]);
        entry_ids := array_fill(null::uuid, array[entries]);
        instants := array_fill(null::timestamptz, array[entries]);
        available := array_fill(null::bigint, array[entries]);
        return;
    end if;
    begin
        insert into registry_ticket values (pg_current_xact_id());
        select p.* into outcomes, entry_ids, instants, refused_legs, available
        from ledger_post_checked(
            array_fill(me, array[entries]), ids, kinds, keys, hashes, days, memos, null, null, leg_counts,
            accounts, debits, credits, amounts) p;
        delete from registry_ticket where transaction = pg_current_xact_id();

        -- The legs of entries that were posted just now; all of one call share one instant.
        select array_agg(case when e.outcome = 'posted' then e.id end order by e.place, n), array_agg(e.kind order by e.place, n),
               max(case when e.outcome = 'posted' then e.instant end)
        into leg_entries, leg_kinds, instant
        from unnest(outcomes, ids, kinds, instants, leg_counts) with ordinality e(outcome, id, kind, instant, count, place),
             generate_series(1, e.count) n;
        if instant is null then
            return;
        end if;
        select sum(l.amount) into wanted from unnest(leg_entries, amounts) l(entry, amount) where l.entry is not null;

        -- An account that receives and gives within one call may give what it has just received. Only then, and only if
        -- what it had before did not suffice, the numbers are found leg by leg.
        select exists (
            select from unnest(debits) d(place) where d.place = any (credits)) into chained;
        begin
            moved := registry_allot(
                instant, leg_entries, leg_kinds, accounts, debits, credits, amounts, firsts, from_claims, to_claims, freezes,
                1, legs);
            if moved < wanted and chained then
                raise exception 'leg by leg' using errcode = 'RG002';
            end if;
        exception when sqlstate 'RG002' then
            moved := 0;
            for leg in 1 .. legs loop
                moved := moved + registry_allot(
                    instant, leg_entries, leg_kinds, accounts, debits, credits, amounts, firsts, from_claims, to_claims, freezes,
                    leg, leg);
            end loop;
        end;
        if moved <> wanted then
            raise exception 'not-there' using errcode = 'RG001';
        end if;
    exception when sqlstate 'RG001' then
        outcomes := array_fill('not-there'::text, array[entries]);
        refused_legs := array_fill(1, array[entries]);
        entry_ids := array_fill(null::uuid, array[entries]);
        instants := array_fill(null::timestamptz, array[entries]);
        available := array_fill(null::bigint, array[entries]);
    end;
end $$;

-- The next numbers of a batch, for the authority that keeps it; the row stays locked to the end of the transaction.
create function registry_take_numbers(batch bigint, quantity bigint) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    update registry_batch b set issued = b.issued + quantity
    where b.number = batch and b.keeper_id = current_tenant() and quantity > 0
    returning b.issued - quantity + 1
$$;

-- The numbers an entry moved, for who posted it, who gave, who received, and the batch's keeper.
create function registry_entry_numbers(entry uuid) returns table (batch_number bigint, first bigint, last bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select b.batch_number, b.first, b.last from registry_block b
    where b.entry_id = entry and b.act not in ('split', 'merge')
        and (b.keeper_id = current_tenant()
            or exists (select from ledger_posting p where p.entry_id = entry
                       and current_tenant() in (p.tenant_id, p.debit_tenant_id, p.credit_tenant_id)))
    order by 1, 2
$$;

-- Every block that ever held any of these numbers, oldest first. Anybody learns when they were issued and used up;
-- who held them in between, and how they were bound, only the holder and the batch's keeper.
create function registry_history(batch bigint, low bigint, high bigint) returns table (
    first bigint, last bigint, act text, state text, holder_id uuid, entry_id uuid, opened_at timestamptz, closed_at timestamptz
) language sql stable security definer set search_path = public, pg_temp as $$
    select greatest(b.first, low), least(b.last, high), case when seen.fully or b.act = 'issue' then b.act::text else 'moved' end,
           case when seen.fully or b.state = 'buffer' then b.state::text else 'held' end,
           case when seen.fully then b.tenant_id end, b.entry_id, b.opened_at, b.closed_at
    from (
             select * from registry_block c
             where c.closed_at is null and registry_span(c.batch_number, c.first, c.last) && registry_span(batch, low, high)
             union all
             select * from registry_block c
             where c.closed_at is not null and c.batch_number = batch and c.first <= high and c.last >= low
         ) b,
         lateral (select current_tenant() in (b.tenant_id, b.keeper_id)
                      or b.state in ('retired', 'cancelled', 'forced-cancelled')) seen(fully)
    order by b.opened_at, b.closed_at nulls last, b.first
$$;

-- Tonnes of each batch by state, for the public register: what is bound in whatever way counts as held.
create function registry_totals(batches bigint[]) returns table (batch_number bigint, state text, quantity_t bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select b.batch_number, case when current_tenant() = b.keeper_id or b.state in
               ('buffer', 'retired', 'cancelled', 'forced-cancelled') then b.state::text else 'held' end,
           sum(b.last - b.first + 1)::bigint
    from registry_block b
    where b.closed_at is null and (batches is null or b.batch_number = any (batches))
    group by 1, 2
$$;

-- The names behind account numbers, as a bank tells a payer whom an account belongs to: by exact id, or by exact
-- unified social credit code, for somebody signed in.
create function registry_names(accounts uuid[], codes text[]) returns table (id uuid, code text, name_zh text, name_en text)
language sql stable security definer set search_path = public, pg_temp as $$
    select o.id, o.credit_code::text, o.name_zh::text, o.name_en::text from identity_organisation o
    where current_tenant() is not null and o.status = 'active' and (o.id = any (accounts) or o.credit_code = any (codes))
$$;

-- Neighbours that lie free in one account become one block again, in up to `most` accounts, or in the one named. Anyone
-- may ask, since nothing but adjacency decides and no number moves. Returns how many blocks became fewer.
create function registry_merge(wanted uuid, most integer) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    accounts uuid[];
    instant timestamptz;
    fewer bigint;
begin
    select array_agg(distinct e.account_id) into accounts
    from (
        select b.account_id
        from registry_block b
        join registry_block n on n.account_id = b.account_id and n.first = b.last + 1 and n.closed_at is null
            and n.state in ('held', 'buffer')
        where b.closed_at is null and b.state in ('held', 'buffer') and (wanted is null or b.account_id = wanted)
        limit most
    ) e;
    if accounts is null then
        return 0;
    end if;
    -- As for postings: in the order of ids, and no time before the account's last.
    select greatest(max(a.changed_at), clock_timestamp()) into instant
    from (select * from ledger_account where id = any (accounts) order by id for no key update) a;
    with edge as (
        select b.*, b.ctid as place,
               case when lag(b.last) over (partition by b.account_id order by b.first) + 1 = b.first then 0 else 1 end as begins
        from registry_block b
        where b.account_id = any (accounts) and b.closed_at is null and b.state in ('held', 'buffer')
    ), run as (
        select *, sum(begins) over (partition by account_id order by first) as run from edge
    ), whole as (
        select account_id, run, batch_number, tenant_id, keeper_id, state, min(first) as first, max(last) as last,
               array_agg(place) as places
        from run group by account_id, run, batch_number, tenant_id, keeper_id, state having count(*) > 1
    ), closed as (
        update registry_block b set closed_at = instant
        where b.ctid = any (array(select unnest(places) from whole))
        returning 1
    ), opened as (
        insert into registry_block (batch_number, first, last, tenant_id, keeper_id, account_id, state, act, entry_id, opened_at)
        select w.batch_number, w.first, w.last, w.tenant_id, w.keeper_id, w.account_id, w.state, 'merge', gen_random_uuid(), instant
        from whole w where (select count(*) from closed) > 0
        returning 1
    )
    select (select count(*) from closed) - (select count(*) from opened) into fewer;
    return fewer;
end $$;
