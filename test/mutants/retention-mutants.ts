import type { Mutant } from './mutant.ts';

const functions = 'packages/outbox/src/migrations/retention-functions.sql.ts';
const unpublished = 'packages/outbox/src/migrations/unpublished-lanes.sql.ts';
const drop = 'packages/outbox/src/migrations/drop-partition.sql.ts';
const rebase = 'packages/outbox/src/migrations/rebase.sql.ts';
const days = ['packages/outbox/src/retention/retention.integration.test.ts'];
const defaults = ['packages/outbox/src/retention/default-partition.integration.test.ts'];
const source = ['packages/outbox/src/migrations/source.integration.test.ts'];

/** Days that are dropped, and databases that are restored. */
export const retentionMutants: readonly Mutant[] = [
  {
    name: 'retention: a day is dropped with an event beyond the cursor',
    file: unpublished,
    find: 'where exists (select from %1$I o where o.lane = s.lane and o.seq > coalesce(s.position, 0))',
    replace: 'where false',
    tests: days,
    only: 'with one event that no lane has published',
    why: 'an outage longer than the retention would lose what waits',
  },
  {
    name: 'retention: an event that was open when the cursor passed it does not keep its day',
    file: unpublished,
    find: 'from pg_snapshot_xip(s.snapshot) as open_then (xid)',
    replace: 'from (select null::xid8 where false) as open_then (xid)',
    tests: days,
    only: 'that was open when the cursor passed it',
    why: 'a late event would be dropped before it is found',
  },
  {
    name: 'retention: an event that began after the cursor does not keep its day',
    file: unpublished,
    find: 'where o.lane = s.lane and o.xid >= pg_snapshot_xmax(s.snapshot) and o.seq - s.floor > 0',
    replace: 'where false and o.seq - s.floor > 0',
    tests: days,
    only: 'in nobody’s list when the cursor passed it',
    why: 'a late event would be dropped before it is found',
  },
  {
    name: 'retention: a day is looked at by the indexes that the planner takes without statistics',
    file: 'packages/outbox/src/migrations/index.ts',
    find: 'this.addSql(replaceUnpublishedLanes);',
    replace: 'this.addSql(restoreUnpublishedLanes);',
    tests: ['packages/outbox/src/migrations/unpublished-lanes.integration.test.ts'],
    why: 'every insert waits while a million events are looked through under the lock',
  },
  {
    name: 'retention: nobody looks again under the lock',
    file: drop,
    find: `  -- Whoever had written is at an end now, and this statement's snapshot shows what is left of it.
  select e.reason, e.lanes into reason, lanes from outbox_events_keep(partition_name, cutoff) e;`,
    replace: '',
    tests: days,
    only: 'commits between the look and the lock',
    why: 'an event that commits between the look and the lock would go with its day',
  },
  {
    name: 'retention: unknown lanes keep nothing',
    file: functions,
    find: 'lanes := outbox_unknown_lanes(partition_name);',
    replace: 'lanes := null;',
    tests: days,
    only: 'a lane that nobody knows',
    why: 'events that an operator has yet to save would be dropped',
  },
  {
    name: 'retention: a replay under way keeps nothing',
    file: functions,
    find: 'lanes := outbox_replayed_lanes(partition_name);',
    replace: 'lanes := null;',
    tests: days,
    only: 'a replay has not done with',
    why: 'a replay would end with half of what was asked for, and nobody would say so',
  },
  {
    name: 'retention: receipts go before their events',
    file: functions,
    find: "reason := case when lanes is not null then 'receipts of events that are kept'",
    replace: "reason := case when false then 'receipts of events that are kept'",
    tests: days,
    only: 'with one event that no lane has published',
    why: 'published events would be shown as pending',
  },
  {
    name: 'retention: the checkpoint is not written',
    file: drop,
    find: 'where s.lane = l.lane and s.progress_id is not null and l.checkpoint is distinct from s.state;',
    replace: 'where false;',
    tests: days,
    only: 'where an idle lane stands',
    why: 'no relay could take an idle lane any more',
  },
  {
    name: 'retention: waits for its lock as long as it takes',
    file: drop,
    find: "set search_path = public, pg_temp set lock_timeout = '50ms'",
    replace: 'set search_path = public, pg_temp',
    tests: ['packages/outbox/src/retention/open-writer.integration.test.ts'],
    why: 'every insert would queue behind it for as long as any writer is open',
  },
  {
    name: 'retention: the default partition is swapped with unpublished rows',
    file: functions,
    find: 'lanes := outbox_unpublished_lanes(partition_name);',
    replace:
      "lanes := case when partition_name <> 'outbox_default' then outbox_unpublished_lanes(partition_name) end;",
    tests: defaults,
    only: 'upkeep did not make',
    why: 'what upkeep missed would be lost for good',
  },
  {
    name: 'retention: the default partition is swapped with young rows',
    file: functions,
    find: "reason := case when is_young then 'events younger than the retention' end;",
    replace: '',
    tests: defaults,
    only: 'upkeep did not make',
    why: 'where an event is could not be read for as long as promised',
  },
  {
    name: 'retention: a day is old before it is over',
    file: functions,
    find: "where i.inhparent in ('outbox'::regclass, 'outbox_progress'::regclass)\n      and (d.day + 1)",
    replace: "where i.inhparent in ('outbox'::regclass, 'outbox_progress'::regclass)\n      and (d.day)",
    tests: defaults,
    only: 'the clock at midnight',
    why: 'events would be kept for six days and a moment instead of seven',
  },
  {
    name: 'restore: rebases to the maximum',
    file: rebase,
    find: '           least(state.position, unseen.seq - 1),\n           pg_current_snapshot(),\n           coalesce(newest.seq, 0),\n           state.log_generation\n    from outbox_lane_states() state',
    replace:
      '           coalesce(newest.seq, state.position),\n           pg_current_snapshot(),\n           coalesce(newest.seq, 0),\n           state.log_generation\n    from outbox_lane_states() state',
    tests: source,
    only: 'outbox_confirm_source',
    why: 'what the dump held and nobody had published would be skipped',
  },
  {
    name: 'restore: a lane that stands on its checkpoint is not rebased',
    file: rebase,
    find: 'where state.position is not null;',
    replace: 'where state.progress_id is not null;',
    tests: source,
    only: 'nothing but its checkpoint',
    why: 'it would compare the new cluster’s transactions with the old one’s snapshot',
  },
  {
    name: 'restore: sequences are not raised',
    file: rebase,
    find: "perform setval(pg_get_serial_sequence('outbox', 'seq'), greatest(",
    replace: 'perform coalesce(null::bigint, greatest(',
    tests: source,
    only: 'nothing but its checkpoint',
    why: 'events of a copy without sequence values would get numbers that count as published',
  },
  {
    name: 'failover: a session goes on when another one noticed it first',
    file: 'packages/outbox/src/relay/relay-database.ts',
    find: 'if (this.#epoch !== 0 && epoch !== this.#epoch)',
    replace: 'if (this.#epoch < 0)',
    tests: ['test/restore/epoch.integration.test.ts'],
    failsWith: /AssertionError|the relay says it: not within/,
    why: 'what the new primary writes below a remembered position would count as published',
  },
];
