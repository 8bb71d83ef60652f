-- Two-phase: an amount is set aside for one receiver, then settled (in parts, if need be), released, or it expires.

-- Outcomes: held, replayed, key-reused, no-account, not-yours, other-commodity, same-account, issuing, frozen, short.
create function ledger_place_hold(
    id uuid, kind text, key text, hash bytea, debit uuid, credit uuid, amount bigint, memo text, expires_at timestamptz,
    out outcome text, out hold_id uuid, out available bigint
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    payer ledger_account; receiver ledger_account; known record;
begin
    if me is null then
        raise exception 'a hold is placed by the tenant of its transaction' using errcode = 'insufficient_privilege';
    end if;
    select a.* into payer from ledger_account a where a.id = debit for no key update;
    select a.* into receiver from ledger_account a where a.id = credit;
    select h.id, h.request_hash = hash as same into known
    from ledger_hold h
    where h.tenant_id = me and h.kind = ledger_place_hold.kind and h.key = ledger_place_hold.key;
    if found then
        outcome := case when known.same then 'replayed' else 'key-reused' end;
        hold_id := case when known.same then known.id end;
        return;
    end if;
    available := payer.posted - payer.held;
    outcome := case
        when payer.id is null then 'not-yours'
        when payer.tenant_id <> me and not ledger_may_draw(me, debit, kind, credit) then 'not-yours'
        when receiver.id is null then 'no-account'
        when debit = credit then 'same-account'
        when payer.commodity <> receiver.commodity then 'other-commodity'
        when payer.kind = 'issuing' then 'issuing'
        when payer.frozen then 'frozen'
        when available < amount then 'short'
    end;
    if outcome is not null then
        return;
    end if;
    insert into ledger_hold (id, tenant_id, kind, key, request_hash, debit_account_id, debit_tenant_id,
        credit_account_id, credit_tenant_id, commodity, amount, settled, state, memo, placed_at, expires_at)
    values (id, me, kind, key, hash, debit, payer.tenant_id, credit, receiver.tenant_id, payer.commodity,
        amount, 0, 'held', memo, clock_timestamp(), expires_at);
    outcome := 'held';
    hold_id := id;
end $$;

-- The hold under its account's lock, for those who may draw on the account; nothing for anyone else.
create function ledger_lock_hold(hold uuid, act_kind text) returns ledger_hold
language plpgsql set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    found_hold ledger_hold;
begin
    select h.* into found_hold from ledger_hold h where h.id = hold;
    if found_hold.debit_tenant_id = me
        or ledger_may_draw(me, found_hold.debit_account_id, act_kind, found_hold.credit_account_id) then
        perform from ledger_account a where a.id in (found_hold.debit_account_id, found_hold.credit_account_id)
        order by a.id for no key update;
        select h.* into found_hold from ledger_hold h where h.id = hold for update;
        return found_hold;
    end if;
    return null;
end $$;

-- `part` null settles all that is left; `final` lets go of the rest.
-- Outcomes, besides those of posting: no-hold, closed, expired, more-than-held. `available` is then what is left of the hold.
create function ledger_settle_hold(
    hold uuid, id uuid, kind text, key text, hash bytea, day date, memo text, part bigint, final boolean,
    out outcome text, out entry_id uuid, out instant timestamptz,
    out available bigint, out account_id uuid, out to_account_id uuid
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    found_hold ledger_hold; known record; answer record; accounts uuid[];
begin
    found_hold := ledger_lock_hold(hold, kind);
    if found_hold.id is null then
        outcome := 'no-hold';
        return;
    end if;
    account_id := found_hold.debit_account_id;
    to_account_id := found_hold.credit_account_id;
    select e.id, e.posted_at, e.request_hash = hash as same into known
    from ledger_entry e
    where e.tenant_id = me and e.kind = ledger_settle_hold.kind and e.key = ledger_settle_hold.key;
    if found then
        outcome := case when known.same then 'replayed' else 'key-reused' end;
        entry_id := case when known.same then known.id end;
        instant := case when known.same then known.posted_at end;
        return;
    end if;
    available := found_hold.amount - found_hold.settled;
    part := coalesce(part, available);
    outcome := case
        when found_hold.state <> 'held' then 'closed'
        when found_hold.expires_at <= clock_timestamp() then 'expired'
        when part > available then 'more-than-held'
    end;
    if outcome is not null then
        return;
    end if;
    accounts := array[least(found_hold.debit_account_id, found_hold.credit_account_id),
                      greatest(found_hold.debit_account_id, found_hold.credit_account_id)];
    begin
        update ledger_hold h
        set settled = h.settled + part,
            state = case when final or part = available then 'settled' else 'held' end,
            closed_at = case when final or part = available then clock_timestamp() end
        where h.id = hold;
        select * into answer from ledger_post_checked(
            array[me], array[id], array[kind], array[key], array[hash], array[day], array[memo], null, array[hold],
            array[1::smallint], accounts, array[array_position(accounts, found_hold.debit_account_id)],
            array[array_position(accounts, found_hold.credit_account_id)], array[part]);
        if answer.outcomes[1] <> 'posted' then
            raise exception '%', answer.outcomes[1] using errcode = 'LG001';
        end if;
        outcome := 'posted'; entry_id := id; instant := answer.instants[1];
    exception when sqlstate 'LG001' then
        outcome := sqlerrm;
    end;
end $$;

-- Outcomes: released, no-hold, closed.
create function ledger_release_hold(hold uuid, kind text, out outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    found_hold constant ledger_hold := ledger_lock_hold(hold, kind);
begin
    outcome := case when found_hold.id is null then 'no-hold' when found_hold.state <> 'held' then 'closed' else 'released' end;
    if outcome = 'released' then
        update ledger_hold h set state = 'released', closed_at = clock_timestamp() where h.id = hold;
    end if;
end $$;

-- Ends every hold whose time is over; anyone may ask, since only time decides. Returns how many ended.
create function ledger_expire_holds(most integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    due uuid[];
    ended integer;
begin
    select array_agg(h.id) into due
    from (select id from ledger_hold where state = 'held' and expires_at <= clock_timestamp() order by expires_at limit most) h;
    perform from ledger_account a
    where a.id in (select h.debit_account_id from ledger_hold h where h.id = any (due))
    order by a.id for no key update;
    update ledger_hold h set state = 'expired', closed_at = clock_timestamp()
    where h.id = any (due) and h.state = 'held';
    get diagnostics ended = row_count;
    return ended;
end $$;
