-- Tables by time: an arrival by the day it came, an event by its own day, a person's days by month. Partitions are made
-- when first needed and attached, so that nobody waits; old ones are detached. The person leads each key, by which the
-- rows can be spread over machines.
alter table inclusion_arrival rename to inclusion_arrival_declared;
create table inclusion_arrival (like inclusion_arrival_declared including defaults) partition by list (received_on);
drop table inclusion_arrival_declared;
create index inclusion_arrival_batch on inclusion_arrival using brin (batch) with (pages_per_range = 8);

alter table inclusion_event rename to inclusion_event_declared;
create table inclusion_event (like inclusion_event_declared including defaults) partition by list (day);
drop table inclusion_event_declared;
alter table inclusion_event add primary key (person_id, day, key);

alter table inclusion_day rename to inclusion_day_declared;
create table inclusion_day (like inclusion_day_declared including defaults) partition by range (day);
drop table inclusion_day_declared;
alter table inclusion_day add primary key (person_id, day, act),
    add constraint inclusion_day_sums check (0 <= counted and counted <= events and 0 <= credited_mg
        and credited_mg <= counted_mg and 0 <= points);

alter table inclusion_programme add constraint inclusion_programme_accounts check (issuing_account_id <> spent_account_id);
alter table inclusion_source
    add constraint inclusion_source_name check (length(name_zh) between 1 and 100 and length(name_en) between 1 and 100),
    add constraint inclusion_source_acts check (cardinality(acts) between 1 and 50),
    add constraint inclusion_source_url check (pull_url = '' or (starts_with(pull_url, 'https://') and length(pull_url) <= 500));
create index inclusion_source_partner on inclusion_source (partner_id, id);
alter table inclusion_source_key add constraint inclusion_source_key_name check (length(name) between 1 and 100);
create index inclusion_source_key_source on inclusion_source_key (partner_id, source_id, id);
alter table inclusion_member
    add constraint inclusion_member_names check (length(nickname) <= 40 and length(guardian_name) <= 100),
    add constraint inclusion_member_owed check (owed >= 0);
create unique index inclusion_link_once on inclusion_link (source_id, link_hash) where ended_at is null;
create unique index inclusion_link_of_person on inclusion_link (person_id, source_id) where ended_at is null;
alter table inclusion_batch
    add constraint inclusion_batch_counts check (0 <= accepted and accepted <= events and events = octet_length(fates)
        and events <= 1000000),
    add constraint inclusion_batch_state check (state in ('received', 'settled', 'empty')),
    add constraint inclusion_batch_way check (way in ('http', 'file', 'pull')),
    add constraint inclusion_batch_once unique (partner_id, source_id, key);
create index inclusion_batch_open on inclusion_batch (id) where state = 'received';
create index inclusion_batch_source on inclusion_batch (source_id, id desc);
alter table inclusion_event_key drop constraint inclusion_event_key_pkey, add primary key (partner_id, key);
create unique index inclusion_exclusion_once on inclusion_exclusion (person_id, key) where lifted_at is null;
create index inclusion_exclusion_day on inclusion_exclusion (day, person_id);
create index inclusion_recount_day on inclusion_recount (person_id, day);
alter table inclusion_city_day drop constraint inclusion_city_day_pkey, add primary key (operator_id, day, act);
alter table inclusion_lapse add constraint inclusion_lapse_kind check (kind in ('lapsed', 'taken-back') and points > 0);
create index inclusion_lapse_person on inclusion_lapse (person_id, id desc);
alter table inclusion_reward
    add constraint inclusion_reward_name check (length(name_zh) between 1 and 100 and length(name_en) between 1 and 100),
    add constraint inclusion_reward_sums check (points between 1 and 100000000 and stock >= 0 and worth_fen >= 0),
    add constraint inclusion_reward_days check (from_on <= until_on);
alter table inclusion_redemption
    add constraint inclusion_redemption_state check (state in ('issued', 'used', 'refunded')),
    add constraint inclusion_redemption_refund check ((state = 'refunded') = (refund_entry_id is not null)),
    add constraint inclusion_redemption_coupon_once unique (coupon);
create index inclusion_redemption_person on inclusion_redemption (person_id, id desc);
create index inclusion_redemption_reward on inclusion_redemption (operator_id, reward_id, id desc);
create index inclusion_redemption_partner on inclusion_redemption (partner_id, id desc) where partner_id is not null;
alter table inclusion_cause add constraint inclusion_cause_needed check (needed_mg > 0);
alter table inclusion_gram_use
    add constraint inclusion_gram_use_kind check (kind in ('donated', 'neutral', 'pooled')),
    add constraint inclusion_gram_use_mg check (mg > 0),
    add constraint inclusion_gram_use_subject check (length(subject) <= 200);
create index inclusion_gram_use_person on inclusion_gram_use (person_id, id desc);
create index inclusion_gram_use_subject_id on inclusion_gram_use (subject_id) where subject_id is not null;
alter table inclusion_appeal
    add constraint inclusion_appeal_state check (state in ('open', 'granted', 'refused')),
    add constraint inclusion_appeal_texts check (length(reason) between 1 and 1000 and length(note) <= 1000);
create unique index inclusion_appeal_once on inclusion_appeal (person_id, key) where state = 'open';
create index inclusion_appeal_operator on inclusion_appeal (operator_id, id);
alter table inclusion_team
    add constraint inclusion_team_kind check (kind in ('workplace', 'district', 'school', 'friends')),
    add constraint inclusion_team_name check (length(name) between 1 and 60),
    add constraint inclusion_team_code_once unique (code);
create unique index inclusion_team_member_once on inclusion_team_member (person_id, team_id) where left_at is null;
create index inclusion_team_member_team on inclusion_team_member (team_id) where left_at is null;
alter table inclusion_campaign
    add constraint inclusion_campaign_days check (from_on <= until_on),
    add constraint inclusion_campaign_sums check (needed between 1 and 10000 and bonus between 1 and 10000000);
alter table inclusion_campaign_bonus add constraint inclusion_campaign_bonus_once unique (person_id, campaign_id);
alter table inclusion_operator_claim add constraint inclusion_operator_claim_days check (from_on <= until_on);
alter table inclusion_pool
    add constraint inclusion_pool_state check (state in ('drawn', 'verified', 'rejected', 'issued', 'sold')),
    add constraint inclusion_pool_sums check (people >= 0 and gross_mg >= 0 and tonnes >= 0 and proceeds_fen >= 0),
    add constraint inclusion_pool_days check (from_on <= until_on);
alter table inclusion_pool_share drop constraint inclusion_pool_share_pkey, add primary key (person_id, pool_id),
    add constraint inclusion_pool_share_mg check (mg > 0);
create index inclusion_pool_share_pool on inclusion_pool_share (pool_id);
alter table inclusion_pool_sample
    add constraint inclusion_pool_sample_verdict check (verdict in ('', 'right', 'wrong')),
    add constraint inclusion_pool_sample_once unique (pool_id, number);
