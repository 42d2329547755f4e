/** When each event was written, committed and first published, without its contents; two index reads for the receipt. */
export const replaceEventTimes = `
create or replace view ops_event_times as
  select e.lane, e.seq, e.topic, e.key, e.version, e.created_at,
         case when current_setting('track_commit_timestamp')::boolean
              then pg_xact_commit_timestamp(e.xid::xid) end as committed_at,
         receipt.published_at
  from outbox e
  left join lateral (
    select min(found.published_at) as published_at
    from (
      select fresh.published_at
      from (
        select p.published_at, p.seqs from outbox_progress p
        where p.kind = 'fresh' and p.lane = e.lane and p.last_seq >= e.seq
        order by p.last_seq limit 1
      ) fresh
      where e.seq = any (fresh.seqs)
      union all
      select p.published_at from outbox_progress p
      where p.kind <> 'fresh' and p.seqs @> array[e.seq] and p.lane = e.lane
    ) found
  ) receipt on true;
`;
