-- Opening, freezing and lending out accounts, and reading what only their holder may see.

-- Registered once; with `kept`, the tenant of the transaction alone will issue it and may freeze accounts of it.
-- Outcomes: registered, known, other-terms.
create function ledger_register_commodity(code text, unit_zh text, unit_en text, kept boolean, out outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    known ledger_commodity;
begin
    if kept and me is null then
        raise exception 'a commodity is kept by the tenant of its transaction' using errcode = 'insufficient_privilege';
    end if;
    insert into ledger_commodity (code, unit_zh, unit_en, keeper_id)
    values (code, unit_zh, unit_en, case when kept then me end)
    on conflict do nothing;
    outcome := case when found then 'registered' else 'known' end;
    select c.* into known from ledger_commodity c where c.code = ledger_register_commodity.code;
    if (known.unit_zh, known.unit_en, known.keeper_id) is distinct from (unit_zh, unit_en, case when kept then me end) then
        outcome := 'other-terms';
    end if;
end $$;

-- The account of this holder and code, opened if need be. An issuing account is opened by its own holder, and, where the
-- commodity has a keeper, by the keeper alone. Outcomes: opened, known, no-commodity, other-kind, not-keeper, no-kind.
create function ledger_open_account(
    id uuid, tenant uuid, code text, commodity text, kind text, out outcome text, out account_id uuid
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    terms ledger_commodity; known ledger_account;
begin
    if me is null then
        raise exception 'an account is opened by the tenant of its transaction' using errcode = 'insufficient_privilege';
    end if;
    select c.* into terms from ledger_commodity c where c.code = commodity;
    outcome := case
        when terms.code is null then 'no-commodity'
        when kind not in ('holding', 'issuing') then 'no-kind'
        when kind = 'issuing' and (tenant <> me or terms.keeper_id <> me) then 'not-keeper'
    end;
    if outcome is not null then
        return;
    end if;
    insert into ledger_account (id, tenant_id, code, commodity, kind, changed_at, opened_at)
    values (id, tenant, code, commodity, kind, '-infinity', clock_timestamp())
    on conflict do nothing;
    outcome := case when found then 'opened' else 'known' end;
    select a.* into known from ledger_account a
    where a.tenant_id = tenant and a.commodity = ledger_open_account.commodity and a.code = ledger_open_account.code;
    if known.kind <> kind then
        outcome := 'other-kind';
        return;
    end if;
    account_id := known.id;
end $$;

-- Nothing leaves a frozen account, pending transfers included; what is sent to it still arrives. The holder and the
-- commodity's keeper may freeze; who froze it lifts it. An empty reason lifts. Outcomes: done, no-account.
create function ledger_freeze(account uuid, reason text, out outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
begin
    update ledger_account a
    set frozen = (reason <> ''), frozen_reason = reason, frozen_by = case when reason <> '' then me end
    where a.id = account
        and (a.tenant_id = me or exists (select from ledger_commodity c where c.code = a.commodity and c.keeper_id = me))
        and (not a.frozen or a.frozen_by = me);
    outcome := case when found then 'done' else 'no-account' end;
end $$;

-- The holder lets another draw; null when the account is not the holder's.
create function ledger_grant_mandate(id uuid, account uuid, grantee uuid, kind text, to_account uuid) returns uuid
language sql security definer set search_path = public, pg_temp as $$
    insert into ledger_mandate (id, tenant_id, account_id, grantee_id, kind, to_account_id, granted_at)
    select ledger_grant_mandate.id, a.tenant_id, a.id, grantee, ledger_grant_mandate.kind, to_account, clock_timestamp()
    from ledger_account a where a.id = account and a.tenant_id = current_tenant()
    returning ledger_mandate.id
$$;

create function ledger_end_mandate(mandate uuid) returns boolean
language sql security definer set search_path = public, pg_temp as $$
    update ledger_mandate set ended_at = clock_timestamp()
    where id = mandate and tenant_id = current_tenant() and ended_at is null
    returning true
$$;

-- The holder's own side of each posting, newest first; pages go on before the position last seen.
create function ledger_statement(account uuid, before bigint, most integer) returns table (
    "position" bigint, entry_id uuid, kind text, occurred_on date, posted_at timestamptz, memo text,
    change bigint, balance_after bigint, other_account_id uuid, reverses uuid
) language sql stable security definer set search_path = public, pg_temp as $$
    with mine as (select a.id from ledger_account a where a.id = account and a.tenant_id = current_tenant()),
    line as (
        (select p.debit_version as place, p.entry_id, p.tenant_id, p.posted_at, -p.amount as change,
                p.debit_balance_after as balance, p.credit_account_id as other
         from mine, ledger_posting p
         where p.debit_account_id = account and (before is null or p.debit_version < before)
         order by p.debit_version desc limit most)
        union all
        (select p.credit_version, p.entry_id, p.tenant_id, p.posted_at, p.amount, p.credit_balance_after, p.debit_account_id
         from mine, ledger_posting p
         where p.credit_account_id = account and (before is null or p.credit_version < before)
         order by p.credit_version desc limit most)
    )
    select l.place, l.entry_id, e.kind::text, e.occurred_on, l.posted_at, e.memo::text, l.change, l.balance, l.other, e.reverses
    from line l join ledger_entry e on e.id = l.entry_id and e.tenant_id = l.tenant_id
    order by l.place desc limit most
$$;

-- The posting that brought the account to `place`, from its side.
create function ledger_line(account uuid, place bigint, out posted_at timestamptz, out balance bigint)
language sql stable set search_path = public, pg_temp as $$
    select p.posted_at, p.debit_balance_after from ledger_posting p
    where p.debit_account_id = account and p.debit_version = place
    union all
    select p.posted_at, p.credit_balance_after from ledger_posting p
    where p.credit_account_id = account and p.credit_version = place
$$;

-- What was posted to and held on an account at an instant, for its holder and those who may draw on it; else null.
create function ledger_balance_at(account uuid, instant timestamptz, out posted bigint, out held bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    me constant uuid := current_tenant();
    lowest bigint := 0;
    highest bigint;
    middle bigint;
begin
    select a.version into highest
    from ledger_account a
    where a.id = account
        and (a.tenant_id = me or exists (
            select from ledger_mandate m where m.account_id = a.id and m.grantee_id = me and m.ended_at is null));
    if highest is null then
        return;
    end if;
    while lowest < highest loop
        middle := (lowest + highest + 1) / 2;
        if (ledger_line(account, middle)).posted_at <= instant then
            lowest := middle;
        else
            highest := middle - 1;
        end if;
    end loop;
    posted := coalesce((ledger_line(account, lowest)).balance, 0);
    select coalesce(sum(h.amount - coalesce((
            select sum(p.amount)
            from ledger_entry e join ledger_posting p on p.entry_id = e.id and p.tenant_id = e.tenant_id
            where e.hold_id = h.id and e.posted_at <= instant), 0)), 0)
    into held
    from ledger_hold h
    where h.debit_account_id = account and h.placed_at <= instant and (h.closed_at is null or h.closed_at > instant);
end $$;
