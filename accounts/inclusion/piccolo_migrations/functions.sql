-- The partition for a day, made if it is missing. `kind`: arrival (by day received), event (by day), day (by month).
create function inclusion_open_day(kind text, wanted date) returns void language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$
declare
    parent text := 'inclusion_' || kind;
    first date := case when kind = 'day' then date_trunc('month', wanted)::date else wanted end;
    name text := parent || '_' || to_char(first, 'YYYYMMDD');
begin
    if kind not in ('arrival', 'event', 'day') or wanted < date '2015-01-01' or wanted > current_date + 400 then
        raise exception 'no partition for % on %', kind, wanted using errcode = 'invalid_parameter_value';
    end if;
    if to_regclass('public.' || name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended(name, 0));
    if to_regclass('public.' || name) is not null then
        return;
    end if;
    begin
        execute format('create table public.%I (like public.%I including defaults including constraints)', name, parent);
    exception when duplicate_table then
        return;  -- whoever held the lock before us has made and attached it; what we looked at was older
    end;
    if kind <> 'arrival' then
        execute format('alter table public.%I enable row level security, force row level security', name);
        execute format('create policy tenant on public.%I using (person_id = (select public.current_tenant()))', name);
    end if;
    if kind = 'day' then
        execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)',
                       parent, name, first, (first + interval '1 month')::date);
    else
        execute format('alter table public.%I attach partition public.%I for values in (%L)', parent, name, first);
    end if;
end $$;

-- Arrivals of a day that is over and wholly settled are no longer needed; true when they are gone.
create function inclusion_close_day(wanted date) returns boolean language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$
declare
    name text := 'inclusion_arrival_' || to_char(wanted, 'YYYYMMDD');
begin
    if wanted >= (now() at time zone 'Asia/Shanghai')::date - 1 or to_regclass('public.' || name) is null
        or exists (select from public.inclusion_batch b where b.received_on = wanted and b.state = 'received') then
        return false;
    end if;
    execute format('drop table public.%I', name);
    return true;
end $$;

-- Which source a key signs for, before any tenant is known; one exact id, no secret.
create function inclusion_signing_key(wanted uuid) returns table (
    source_id uuid, partner_id uuid, acts text[], sandbox boolean
) language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select s.id, s.partner_id, s.acts, s.sandbox
      from public.inclusion_source_key k join public.inclusion_source s on s.id = k.source_id
     where k.id = wanted and k.revoked_at is null and k.expires_at > now() and s.closed_at is null
$$;

-- Of the pseudonyms a partner names those that are known, and whether their persons consent now; no person is named.
create function inclusion_known_links(source uuid, hashes uuid[]) returns table (
    link_hash uuid, link uuid, consents boolean
) language sql stable security definer set search_path = pg_catalog, public, pg_temp
    -- a batch asks for a thousand of millions: by index, whatever the planner makes of a small table
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select l.link_hash, l.id, c.tenant_id is not null
      from unnest(hashes) w(hash)
      join public.inclusion_link l on l.source_id = source and l.link_hash = w.hash and l.ended_at is null
      left join public.identity_person_consent c on c.tenant_id = l.person_id and c.source_id = l.source_id::text
           and c.purpose = 'credit' and c.withdrawn_at is null
     where l.partner_id = public.current_tenant()
$$;

-- Of the links in these batches those whose persons take part and consent at this very moment, for the settler.
create function inclusion_pending_links(batches uuid[], days date[]) returns table (
    id uuid, person_id uuid, source_id uuid
) language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select l.id, l.person_id, l.source_id
      from (select distinct a.link from public.inclusion_arrival a
             where a.batch = any (batches) and a.received_on = any (days)) w
      join public.inclusion_link l on l.id = w.link and l.ended_at is null
      join public.inclusion_member m on m.person_id = l.person_id and m.left_at is null
      join public.identity_person_consent c on c.tenant_id = l.person_id and c.source_id = l.source_id::text
           and c.purpose = 'credit' and c.withdrawn_at is null
$$;

-- One piece of a reward for the person asking, while there is one; whoever comes second waits and sees what is left.
create function inclusion_take_stock(reward uuid) returns table (
    operator_id uuid, partner_id uuid, points bigint, worth_fen bigint
) language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    update public.inclusion_reward r set stock = r.stock - 1
     where r.id = reward and r.stock > 0 and r.closed_at is null
       and (now() at time zone 'Asia/Shanghai')::date between r.from_on and r.until_on
       and public.current_tenant() is not null
    returning r.operator_id, r.partner_id, r.points, r.worth_fen
$$;

-- A merchant takes a coupon in: used once; what it was worth comes back, and nothing about its person.
create function inclusion_use_coupon(code text) returns table (
    redemption_id uuid, reward_id uuid, outcome text, worth_fen bigint
) language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
    found_row public.inclusion_redemption;
begin
    select r.* into found_row from public.inclusion_redemption r
     where r.coupon = code and r.partner_id = public.current_tenant() for no key update;
    if found_row.id is null then
        return query select null::uuid, null::uuid, 'unknown'::text, null::bigint;
    elsif found_row.state <> 'issued' then
        return query select found_row.id, found_row.reward_id, found_row.state::text, found_row.worth_fen;
    else
        update public.inclusion_redemption r set state = 'used', closed_at = now() where r.id = found_row.id;
        return query select found_row.id, found_row.reward_id, 'taken'::text, found_row.worth_fen;
    end if;
end $$;

-- Teams of a kind with at least `fewest` members who let themselves be counted, by grams in these days.
create function inclusion_ranking(team_kind text, first_day date, last_day date, fewest integer) returns table (
    team_id uuid, name text, people bigint, credited_mg numeric
) language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select t.id, t.name, count(distinct m.person_id), coalesce(sum(d.mg), 0)
      from public.inclusion_team t
      join public.inclusion_team_member m on m.team_id = t.id and m.left_at is null
      left join lateral (
          select sum(x.credited_mg) as mg from public.inclusion_day x
           where x.person_id = m.person_id and x.day between first_day and last_day) d on true
     where t.kind = team_kind and public.current_tenant() is not null
     group by t.id, t.name having count(distinct m.person_id) >= greatest(fewest, 10)
     order by coalesce(sum(d.mg), 0) / count(distinct m.person_id) desc, t.name
$$;

-- The persons' grams of a pool: of consenting persons, less sources whose operator claims them, and never more than a
-- person has not used elsewhere. What goes in is used by that, in the same statement.
create function inclusion_draw_pool(pool uuid, act_numbers smallint[], share_percent integer) returns table (
    people bigint, gross_mg numeric, without_consent bigint, claimed_mg numeric, used_elsewhere_mg numeric
) language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
    wanted public.inclusion_pool;
begin
    select p.* into wanted from public.inclusion_pool p
     where p.id = pool and p.operator_id = public.current_tenant() and p.state = 'drawn' and p.people = 0;
    if wanted.id is null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('inclusion grams', 0));
    return query
    with eligible as (
        select d.person_id, d.day, d.act, d.credited_mg,
               exists (select from public.identity_person_consent c
                        where c.tenant_id = d.person_id and c.purpose = 'pooling' and c.withdrawn_at is null) as consents
          from public.inclusion_day d
         where d.day between wanted.from_on and wanted.until_on and d.act = any (act_numbers) and d.credited_mg > 0
    ), parted as (
        select e.person_id, e.day, e.act, e.credited_mg, e.consents,
               -- a day's act of which any event came from a claimed source is the operator's, as a whole
               exists (select from public.inclusion_operator_claim k
                        join public.inclusion_event v on v.source_id = k.source_id and v.person_id = e.person_id
                             and v.day = e.day and v.act = e.act
                       where e.day between k.from_on and k.until_on
                         and (cardinality(k.acts) = 0 or e.act = any (k.acts))) as claimed,
               not exists (select from public.inclusion_event v
                            where v.person_id = e.person_id and v.day = e.day and v.act = e.act
                              and not exists (select from public.identity_person_consent c
                                               where c.tenant_id = v.person_id and c.source_id = v.source_id::text
                                                 and c.purpose = 'pooling' and c.withdrawn_at is null)) as sources_consent
          from eligible e
    ), summed as (
        select p.person_id, sum(p.credited_mg) filter (where p.consents and p.sources_consent and not p.claimed) as mg
          from parted p group by p.person_id
    ), capped as (
        select s.person_id, s.mg,
               least(s.mg, (select coalesce(sum(d.credited_mg), 0) from public.inclusion_day d where d.person_id = s.person_id)
                           - (select coalesce(sum(u.mg), 0) from public.inclusion_gram_use u where u.person_id = s.person_id))
                   as free_mg
          from summed s where s.mg > 0
    ), shares as (
        insert into public.inclusion_pool_share (pool_id, person_id, operator_id, mg)
        select pool, c.person_id, wanted.operator_id, c.free_mg::bigint from capped c where c.free_mg > 0
        returning person_id, mg
    ), uses as (
        insert into public.inclusion_gram_use (id, person_id, kind, subject_id, subject, mg)
        select gen_random_uuid(), s.person_id, 'pooled', pool, '', s.mg from shares s returning mg
    ), days as (
        select p.person_id, p.day, p.act, p.credited_mg, row_number() over (order by md5(p.person_id::text || p.day || pool::text)) as place
          from parted p join shares s on s.person_id = p.person_id
         where p.consents and p.sources_consent and not p.claimed
    ), samples as (
        insert into public.inclusion_pool_sample (id, pool_id, operator_id, number, day, act, mg)
        select gen_random_uuid(), pool, wanted.operator_id, d.place::integer, d.day, d.act, d.credited_mg
          from days d where d.place <= greatest(10, (select count(*) from days) * share_percent / 100)
        returning id
    )
    select (select count(*) from shares), (select coalesce(sum(s.mg), 0) from shares s),
           (select count(distinct p.person_id) from parted p where not (p.consents and p.sources_consent)),
           (select coalesce(sum(p.credited_mg), 0) from parted p where p.claimed),
           (select coalesce(sum(c.mg - greatest(c.free_mg, 0)), 0) from capped c);
end $$;
