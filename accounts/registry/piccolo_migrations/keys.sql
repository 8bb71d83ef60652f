-- Keys, bounds and indexes of the registry.

create sequence registry_batch_number;

alter table registry_batch
    alter column scheme type varchar(12) collate "C",
    alter column project_code type varchar(32) collate "C",
    alter column commodity type varchar(40) collate "C",
    add constraint registry_batch_line unique (scheme, project_code, vintage_year),
    add constraint registry_batch_commodity unique (commodity),
    add constraint registry_batch_named check (
        scheme ~ '^[A-Z][A-Z0-9]{1,11}$' and project_code ~ '^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$'
        and vintage_year between 1990 and 2200 and commodity = 'credit.' || number),
    add constraint registry_batch_range check (issued between 0 and 1000000000000000);

alter table registry_issuance
    add constraint registry_issuance_once unique (keeper_id, key),
    add constraint registry_issuance_range check (1 <= first and first <= last and buffer_t between 0 and last - first + 1),
    -- A number comes into being once.
    add constraint registry_issuance_numbers exclude using gist (batch_number with =, int8range(first, last, '[]') with &&);
create index registry_issuance_holder on registry_issuance (tenant_id, issued_at desc);
create index registry_issuance_source on registry_issuance (source_kind, source_id);

-- A number is in one block at a time. The range is written as a box on its batch's line, a half high and ending a half
-- after the last number: GiST sorts boxes by their area and compares them five times faster than int8range, and below
-- 10^15 every number and half is exact in a box.
create function registry_span(batch bigint, first bigint, last bigint) returns box language sql immutable parallel safe
    return box(point(first, batch), point(last + 0.5::double precision, batch + 0.5::double precision));

alter table registry_block
    alter column state type varchar(20) collate "C",
    drop constraint registry_block_pkey,
    add primary key (entry_id, first, batch_number, tenant_id),
    add constraint registry_block_range check (1 <= first and first <= last and last <= 1000000000000000),
    add constraint registry_block_state check (
        state in ('held', 'reserved', 'pledged', 'frozen', 'buffer', 'retired', 'cancelled', 'forced-cancelled')),
    add constraint registry_block_claim check (
        case state when 'reserved' then claim_id is not null when 'pledged' then claim_id is not null
                   when 'frozen' then freeze_id is not null else claim_id is null end
        and (freeze_id is null or state = 'frozen')),
    add constraint registry_block_time check (closed_at >= opened_at),
    add constraint registry_block_final check (
        closed_at is null or state not in ('retired', 'cancelled', 'forced-cancelled')),
    add constraint registry_block_numbers exclude using gist (registry_span(batch_number, first, last) with &&)
        where (closed_at is null);
create index registry_block_now on registry_block (account_id, first) where closed_at is null;
create index registry_block_claim on registry_block (claim_id) where closed_at is null and claim_id is not null;
-- Blocks that are now are found by the exclusion constraint; those that were, here.
create index registry_block_past on registry_block (batch_number, first) where closed_at is not null;

create sequence registry_certificate_number;

alter table registry_transfer
    drop constraint registry_transfer_pkey,
    add primary key (id, tenant_id),
    add constraint registry_transfer_kind check (kind in ('transfer', 'hold')),
    add constraint registry_transfer_parties check (tenant_id <> to_tenant_id),
    add constraint registry_transfer_sums check (quantity between 1 and 1000000000000000 and settled between 0 and quantity),
    add constraint registry_transfer_state check (
        case state when 'pending' then settled < quantity and closed_at is null
                   when 'executed' then settled > 0 and closed_at is not null
                   when 'released' then settled < quantity and closed_at is not null
                   when 'aborted' then settled < quantity and closed_at is not null
                   when 'stopped' then settled < quantity and closed_at is not null
                   when 'expired' then settled < quantity and closed_at is not null and expires_at is not null
                   else false end);
create index registry_transfer_from on registry_transfer (tenant_id, opened_at desc);
create index registry_transfer_to on registry_transfer (to_tenant_id, opened_at desc);
create index registry_transfer_due on registry_transfer (executes_at) where state = 'pending' and executes_at is not null;
create index registry_transfer_end on registry_transfer (expires_at) where state = 'pending' and expires_at is not null;

alter table registry_pledge
    drop constraint registry_pledge_pkey,
    add primary key (id, tenant_id),
    add constraint registry_pledge_parties check (tenant_id <> pledgee_id),
    add constraint registry_pledge_sums check (quantity between 1 and 1000000000000000 and freed between 0 and quantity),
    add constraint registry_pledge_state check (
        case state when 'locked' then freed < quantity and closed_at is null
                   when 'released' then freed = quantity and closed_at is not null
                   when 'enforced' then freed = quantity and closed_at is not null else false end);
create index registry_pledge_holder on registry_pledge (tenant_id, opened_at desc);
create index registry_pledge_creditor on registry_pledge (pledgee_id, opened_at desc);

alter table registry_freeze
    drop constraint registry_freeze_pkey,
    add primary key (id, tenant_id),
    add constraint registry_freeze_range check (
        (batch_number is null and first is null and last is null) or (batch_number is not null and 1 <= first and first <= last)),
    add constraint registry_freeze_reason check (reason <> '');
create index registry_freeze_now on registry_freeze (tenant_id) where lifted_at is null;

alter table registry_retirement
    drop constraint registry_retirement_pkey,
    add primary key (id, tenant_id),
    add constraint registry_retirement_number unique (number),
    add constraint registry_retirement_entry unique (entry_id),
    add constraint registry_retirement_kind check (kind in ('retired', 'cancelled', 'forced-cancelled')),
    add constraint registry_retirement_purpose check (
        (kind = 'retired') = (purpose in ('compliance-national', 'compliance-local', 'large-event', 'corporate-offset', 'public-good'))
        and (kind = 'retired' or purpose in ('voluntary', 'reversal', 'buffer-reversal', 'false-claim'))),
    add constraint registry_retirement_beneficiary check (kind <> 'retired' or beneficiary <> ''),
    add constraint registry_retirement_quantity check (quantity > 0);
create index registry_retirement_latest on registry_retirement (recorded_at desc);
create index registry_retirement_holder on registry_retirement (tenant_id, recorded_at desc);
create index registry_retirement_batch on registry_retirement (batch_number);

alter table registry_trusted
    drop constraint registry_trusted_pkey,
    add primary key (id, tenant_id),
    add constraint registry_trusted_parties check (tenant_id <> trusted_id),
    add constraint registry_trusted_removed check ((removed_at is null) = (removed_by is null));
create unique index registry_trusted_once on registry_trusted (tenant_id, trusted_id) where removed_at is null;

alter table registry_limit
    drop constraint registry_limit_pkey,
    add primary key (id, tenant_id),
    add constraint registry_limit_level check (level in ('authority', 'account')),
    add constraint registry_limit_sums check (per_transfer_t >= 0 and per_day_t >= 0);
create index registry_limit_latest on registry_limit (tenant_id, level, set_at desc);

alter table registry_external
    add constraint registry_external_kind check (kind in ('issued', 'retired', 'cancelled')),
    add constraint registry_external_quantity check (
        quantity > 0 and (first is null) = (last is null) and (first is null or last - first + 1 = quantity)),
    -- A public row is taken in once; within a line no number is issued twice, and none is used up twice.
    add constraint registry_external_issued exclude using gist (line with =, int8range(first, last, '[]') with &&)
        where (kind = 'issued' and first is not null),
    add constraint registry_external_used exclude using gist (line with =, int8range(first, last, '[]') with &&)
        where (kind <> 'issued' and first is not null);
create unique index registry_external_once on registry_external (registry, serial, kind, coalesce(first, 0));
create index registry_external_project on registry_external (registry, project_code, vintage);
create index registry_external_import on registry_external (import_id, row);
