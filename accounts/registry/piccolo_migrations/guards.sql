-- What PostgreSQL itself keeps true of blocks, whoever writes.

-- A block ends once, and nothing else of it changes; numbers that are used up never move again.
create function registry_refuse_block_change() returns trigger language plpgsql as $$
begin
    raise exception 'block % to % of batch % is %: % refused', old.first, old.last, old.batch_number, old.state, tg_op
        using errcode = 'restrict_violation';
end $$;
create trigger registry_block_kept before update on registry_block for each row
    when (old.closed_at is not null or new.closed_at is null or old.state in ('retired', 'cancelled', 'forced-cancelled')
        or (old.batch_number, old.first, old.last, old.tenant_id, old.keeper_id, old.account_id, old.state, old.claim_id,
            old.freeze_id, old.act, old.entry_id, old.opened_at)
        is distinct from
           (new.batch_number, new.first, new.last, new.tenant_id, new.keeper_id, new.account_id, new.state, new.claim_id,
            new.freeze_id, new.act, new.entry_id, new.opened_at))
    execute function registry_refuse_block_change();
create trigger registry_block_stays before delete on registry_block for each row execute function refuse_change();
create trigger registry_block_no_truncate before truncate on registry_block for each statement execute function refuse_change();

-- Numbers of a batch only grow; what it is never changes.
create function registry_refuse_batch_change() returns trigger language plpgsql as $$
begin
    raise exception 'batch % stays what it is: % refused', old.number, tg_op using errcode = 'restrict_violation';
end $$;
create trigger registry_batch_kept before update on registry_batch for each row
    when (new.issued < old.issued
        or (old.number, old.scheme, old.project_code, old.vintage_year, old.keeper_id, old.commodity, old.opened_at)
        is distinct from (new.number, new.scheme, new.project_code, new.vintage_year, new.keeper_id, new.commodity, new.opened_at))
    execute function registry_refuse_batch_change();
create trigger registry_batch_stays before delete on registry_batch for each row execute function refuse_change();
create trigger registry_batch_no_truncate before truncate on registry_batch for each statement execute function refuse_change();

-- Postings of credits come through registry_move alone, which moves the numbers in the same breath. It alone can write
-- a ticket; the trigger looks for one only when credits are among what arrived.
create table registry_ticket (transaction xid8 primary key);

create function registry_refuse_bare_postings() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from arrived where starts_with(commodity, 'credit.'))
        and not exists (select from registry_ticket where transaction = pg_current_xact_id()) then
        raise exception 'credits move with their serial numbers, by the registry alone'
            using errcode = 'restrict_violation';
    end if;
    return null;
end $$;
create trigger ledger_posting_with_numbers after insert on ledger_posting
    referencing new table as arrived for each statement execute function registry_refuse_bare_postings();

create function registry_refuse_bare_hold() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'credits are set aside with their serial numbers, by the registry alone'
        using errcode = 'restrict_violation';
end $$;
create trigger ledger_hold_without_numbers before insert on ledger_hold for each row
    when (starts_with(new.commodity, 'credit.')) execute function registry_refuse_bare_hold();

-- A retirement is what its entry used up: that many numbers of that holder and batch.
create function registry_retirement_is_true() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if new.quantity is distinct from (
        select sum(b.last - b.first + 1) from registry_block b
        where b.entry_id = new.entry_id and b.state = new.kind and b.tenant_id = new.tenant_id and b.batch_number = new.batch_number
    ) then
        raise exception 'retirement % says % and its entry used up another amount', new.number, new.quantity
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger registry_retirement_true before insert on registry_retirement
    for each row execute function registry_retirement_is_true();

-- What has ended stays ended, and who and how much never changes.
create function registry_refuse_claim_change() returns trigger language plpgsql as $$
begin
    raise exception '% %: this change is refused', tg_table_name, old.id using errcode = 'restrict_violation';
end $$;
create trigger registry_transfer_final before update on registry_transfer for each row
    when (old.state <> 'pending' or new.settled < old.settled
        or (old.id, old.tenant_id, old.to_tenant_id, old.kind, old.batch_number, old.quantity, old.opened_at, old.expires_at)
        is distinct from
           (new.id, new.tenant_id, new.to_tenant_id, new.kind, new.batch_number, new.quantity, new.opened_at, new.expires_at))
    execute function registry_refuse_claim_change();
create trigger registry_pledge_final before update on registry_pledge for each row
    when (old.state <> 'locked' or new.freed < old.freed
        or (old.id, old.tenant_id, old.pledgee_id, old.batch_number, old.quantity, old.contract_id, old.opened_at)
        is distinct from
           (new.id, new.tenant_id, new.pledgee_id, new.batch_number, new.quantity, new.contract_id, new.opened_at))
    execute function registry_refuse_claim_change();
create trigger registry_freeze_final before update on registry_freeze for each row
    when (old.lifted_at is not null or new.lifted_at is null
        or (old.id, old.tenant_id, old.authority_id, old.batch_number, old.first, old.last, old.reason, old.frozen_at)
        is distinct from
           (new.id, new.tenant_id, new.authority_id, new.batch_number, new.first, new.last, new.reason, new.frozen_at))
    execute function registry_refuse_claim_change();
create trigger registry_trusted_final before update on registry_trusted for each row
    when (old.removed_at is not null or new.removed_at is null
        or (old.id, old.tenant_id, old.trusted_id, old.added_at, old.effective_at)
        is distinct from (new.id, new.tenant_id, new.trusted_id, new.added_at, new.effective_at))
    execute function registry_refuse_claim_change();
