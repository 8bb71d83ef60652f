-- Keys, bounds and indexes of the books.

alter table ledger_commodity
    add check (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$');

alter table ledger_account
    alter column code type varchar(120) collate "C",
    alter column commodity type varchar(40) collate "C",
    drop constraint ledger_account_pkey,
    add primary key (id, tenant_id),
    add unique (tenant_id, commodity, code),
    add foreign key (commodity) references ledger_commodity (code),
    add constraint ledger_account_kind check (kind in ('holding', 'issuing')),
    add constraint ledger_account_range check (posted between -4000000000000000000 and 4000000000000000000),
    add constraint ledger_account_no_negative check (kind = 'issuing' or posted >= 0),
    add constraint ledger_account_available check (held = 0 or (kind = 'holding' and held > 0 and posted - held >= 0)),
    add constraint ledger_account_frozen check (frozen = (frozen_by is not null) and (not frozen or frozen_reason <> '')),
    set (fillfactor = 60);

alter table ledger_entry
    alter column kind type varchar(60) collate "C",
    alter column key type varchar(255) collate "C",
    drop constraint ledger_entry_pkey,
    add primary key (id, tenant_id),
    add constraint ledger_entry_once unique (tenant_id, key, kind),
    add constraint ledger_entry_named check (kind <> '' and key <> '' and octet_length(request_hash) = 32),
    add constraint ledger_entry_postings check (posting_count > 0);

-- One reversal for each entry, and none of a reversal (the function sees to that).
create unique index ledger_entry_one_reversal on ledger_entry (reverses) where reverses is not null;
create index ledger_entry_hold on ledger_entry (hold_id) where hold_id is not null;

alter table ledger_posting
    alter column commodity type varchar(40) collate "C",
    drop constraint ledger_posting_pkey,
    add primary key (entry_id, sequence, tenant_id),
    add constraint ledger_posting_amount check (amount between 1 and 1000000000000000),
    add constraint ledger_posting_two_accounts check (debit_account_id <> credit_account_id);

-- What an account did, in its own order. Time never runs back for an account, so its position at an instant is found
-- by halving.
create unique index ledger_posting_debits on ledger_posting (debit_account_id, debit_version);
create unique index ledger_posting_credits on ledger_posting (credit_account_id, credit_version);

alter table ledger_hold
    alter column kind type varchar(60) collate "C",
    alter column key type varchar(255) collate "C",
    alter column commodity type varchar(40) collate "C",
    drop constraint ledger_hold_pkey,
    add primary key (id, tenant_id),
    add constraint ledger_hold_once unique (tenant_id, key, kind),
    add constraint ledger_hold_amount check (amount between 1 and 1000000000000000 and settled between 0 and amount),
    add constraint ledger_hold_two_accounts check (debit_account_id <> credit_account_id),
    add constraint ledger_hold_state check (
        case state
            when 'held' then settled < amount and closed_at is null
            when 'settled' then settled > 0 and closed_at is not null
            when 'released' then settled < amount and closed_at is not null
            when 'expired' then settled < amount and closed_at is not null and expires_at is not null
            else false
        end),
    add constraint ledger_hold_named check (kind <> '' and key <> '' and octet_length(request_hash) = 32);
create index ledger_hold_account on ledger_hold (debit_account_id, placed_at);
create index ledger_hold_due on ledger_hold (expires_at) where state = 'held' and expires_at is not null;

alter table ledger_mandate
    alter column kind type varchar(60) collate "C",
    drop constraint ledger_mandate_pkey,
    add primary key (id, tenant_id),
    add constraint ledger_mandate_bounded check (grantee_id is not null or to_account_id is not null),
    add constraint ledger_mandate_named check (kind <> '');
create index ledger_mandate_account on ledger_mandate (account_id) where ended_at is null;
create index ledger_mandate_grantee on ledger_mandate (grantee_id) where ended_at is null;

insert into ledger_commodity (code, unit_zh, unit_en) values ('CNY-fen', '分', 'fen');
