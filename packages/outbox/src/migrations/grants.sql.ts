import type { OutboxRoles } from './roles.ts';

/** Before there were redrives and replays; event-times.sql.ts has its successor. */
export const originalEventTimes = `
create or replace view ops_event_times as
  select e.lane, e.seq, e.topic, e.key, e.version, e.created_at,
         case when current_setting('track_commit_timestamp')::boolean
              then pg_xact_commit_timestamp(e.xid::xid) end as committed_at,
         receipt.published_at
  from outbox e
  left join lateral (
    select p.published_at from outbox_progress p
    where p.lane = e.lane and p.last_seq >= e.seq and p.first_seq <= e.seq and e.seq = any (p.seqs)
    order by p.last_seq limit 1
  ) receipt on true;`;

/** The writer may say what an event is; when and in what order it was written is the database's to say. */
export function grants(roles: OutboxRoles): string {
  const { writer, relay, jobs, ops } = roles;
  return `
grant insert (lane, topic, key, version, type, payload, headers) on outbox to ${writer};
grant select (lane, topic, partition) on outbox_lane to ${writer};
grant execute on function outbox_delivery(text) to ${writer}, ${ops};

grant select on outbox, outbox_progress, outbox_lane, outbox_relay, outbox_parked, outbox_source to ${relay};
grant insert on outbox_progress, outbox_relay, outbox_parked to ${relay};
grant update (owner, lease_epoch, checkpoint) on outbox_lane to ${relay};
grant update, delete on outbox_relay, outbox_parked to ${relay};
grant execute on function outbox_current_source(), outbox_confirm_source(), outbox_make_partitions(integer) to ${relay};

grant execute on function outbox_make_partitions(integer) to ${jobs};

${originalEventTimes}
grant select on ops_event_times, outbox_progress, outbox_lane, outbox_relay, outbox_source to ${ops};
`;
}

export const dropGrantedViews = 'drop view ops_event_times;';
