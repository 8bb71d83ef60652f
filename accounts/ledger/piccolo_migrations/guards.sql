-- What PostgreSQL itself keeps true, whoever writes: a posting or a hold moves the kept balances in the same
-- statement, and nothing else can.

-- Every entry arrives whole, and every posting goes on from the balance its accounts had. One statement may bring
-- thousands of postings: each account is updated once. That both accounts exist, are the named tenants' and hold the
-- posting's commodity is checked here too, for the whole set: foreign keys would check row by row, at a third of the
-- speed, and across tenants.
create function ledger_move_balances() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
    wrong record;
    touched bigint;
    moved bigint;
begin
    select p.* into wrong
    from (
        select tenant_id, entry_id, count(*) as postings, min(sequence) as first, max(sequence) as last,
               min(posted_at) as earliest, max(posted_at) as latest
        from arrived group by tenant_id, entry_id
    ) p
    left join ledger_entry e on e.id = p.entry_id and e.tenant_id = p.tenant_id
    where (e.posting_count, 1, e.posting_count, e.posted_at, e.posted_at)
        is distinct from (p.postings::smallint, p.first::integer, p.last, p.earliest, p.latest)
    limit 1;
    if found then
        raise exception 'entry % has not the postings it says: % arrived', wrong.entry_id, wrong.postings
            using errcode = 'integrity_constraint_violation';
    end if;

    with line as (
        select debit_account_id as account_id, debit_tenant_id as tenant_id, commodity, debit_version as version,
               debit_balance_after as balance, -amount as change, posted_at
        from arrived
        union all
        select credit_account_id, credit_tenant_id, commodity, credit_version, credit_balance_after, amount, posted_at
        from arrived
    ), run as (
        select *, lag(balance) over place as balance_before, lag(version) over place as version_before
        from line window place as (partition by account_id order by version)
    ), net as (
        select account_id, tenant_id, commodity, sum(change)::bigint as change, count(*) as postings,
               max(balance - change) filter (where version_before is null) as opening, min(version) - 1 as version,
               bool_and(version_before is null
                   or (version = version_before + 1 and balance - change = balance_before)) as goes_on,
               min(posted_at) as earliest, max(posted_at) as latest
        from run group by account_id, tenant_id, commodity
    ), kept as (
        update ledger_account a
        set posted = a.posted + net.change, version = a.version + net.postings, changed_at = net.latest
        from net
        where a.id = net.account_id and a.tenant_id = net.tenant_id and a.commodity = net.commodity and net.goes_on
            and a.posted = net.opening and a.version = net.version and a.changed_at <= net.earliest
        returning 1
    )
    select (select count(*) from net), (select count(*) from kept) into touched, moved;
    if touched <> moved then
        raise exception 'postings do not go on from the balances of % of their % accounts', touched - moved, touched
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;

create trigger ledger_posting_moves after insert on ledger_posting
    referencing new table as arrived for each statement execute function ledger_move_balances();

create function ledger_move_held() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        if exists (
            select from arrived h
            left join ledger_account d on d.id = h.debit_account_id and d.tenant_id = h.debit_tenant_id and d.commodity = h.commodity
            left join ledger_account c on c.id = h.credit_account_id and c.tenant_id = h.credit_tenant_id and c.commodity = h.commodity
            where d.id is null or c.id is null or h.state <> 'held' or h.settled <> 0
        ) then
            raise exception 'a hold begins held and unsettled, between accounts of the tenants and the commodity it names'
                using errcode = 'integrity_constraint_violation';
        end if;
        update ledger_account a set held = a.held + net.change
        from (select debit_account_id, sum(amount) as change from arrived group by 1) net
        where a.id = net.debit_account_id;
    else
        update ledger_account a set held = a.held + net.change
        from (
            select debit_account_id, sum(change) as change
            from (
                select debit_account_id, amount - settled as change from arrived where state = 'held'
                union all
                select debit_account_id, settled - amount from went where state = 'held'
            ) both_sides
            group by 1
        ) net
        where a.id = net.debit_account_id;
    end if;
    return null;
end $$;

create trigger ledger_hold_placed after insert on ledger_hold
    referencing new table as arrived for each statement execute function ledger_move_held();
create trigger ledger_hold_changed after update on ledger_hold
    referencing old table as went new table as arrived for each statement execute function ledger_move_held();

-- A hold that has ended stays as it is; until then only its end and what was settled of it may change.
create function ledger_refuse_hold_change() returns trigger language plpgsql as $$
begin
    raise exception 'hold % is %: this change of it is refused', old.id, old.state
        using errcode = 'restrict_violation';
end $$;

create trigger ledger_hold_final before update on ledger_hold for each row
    when (old.state <> 'held' or new.settled < old.settled
        or (old.id, old.tenant_id, old.kind, old.key, old.request_hash, old.debit_account_id, old.debit_tenant_id,
            old.credit_account_id, old.credit_tenant_id, old.commodity, old.amount, old.memo, old.placed_at, old.expires_at)
        is distinct from
           (new.id, new.tenant_id, new.kind, new.key, new.request_hash, new.debit_account_id, new.debit_tenant_id,
            new.credit_account_id, new.credit_tenant_id, new.commodity, new.amount, new.memo, new.placed_at, new.expires_at))
    execute function ledger_refuse_hold_change();
create trigger ledger_hold_kept before delete on ledger_hold for each row execute function refuse_change();
create trigger ledger_hold_no_truncate before truncate on ledger_hold for each statement execute function refuse_change();

-- Accounts begin empty; their balances move only inside the two triggers above; who and what they are never changes.
create function ledger_refuse_account_change() returns trigger language plpgsql as $$
begin
    raise exception 'account %: % refused; balances move by postings and holds alone', coalesce(new.id, old.id), tg_op
        using errcode = 'restrict_violation';
end $$;

create trigger ledger_account_empty before insert on ledger_account for each row
    when (new.posted <> 0 or new.held <> 0 or new.version <> 0 or new.frozen)
    execute function ledger_refuse_account_change();
create trigger ledger_account_balances after update on ledger_account for each row
    when (pg_trigger_depth() = 0
        and (old.posted <> new.posted or old.held <> new.held or old.version <> new.version
            or old.changed_at <> new.changed_at))
    execute function ledger_refuse_account_change();
create trigger ledger_account_identity before update of id, tenant_id, code, commodity, kind, opened_at on ledger_account
    for each row execute function ledger_refuse_account_change();
create trigger ledger_account_kept before delete on ledger_account for each row execute function refuse_change();
create trigger ledger_account_no_truncate before truncate on ledger_account for each statement execute function refuse_change();
