import type { Mutant } from './mutant.ts';

const operations = 'packages/outbox/src/operations';
const steering = ['services/ops/src/steering.integration.test.ts'];
const usage = ['services/ops/src/command-line/usage.test.ts'];
const pausing = ['services/ops/src/steer/pausing.integration.test.ts'];
const selection = ['services/ops/src/replay/selection.integration.test.ts'];
const replays = 'packages/outbox/src/relay/replays.sql.ts';
const status = ['test/relay/status.integration.test.ts'];
const unfinished = /AssertionError|not within/;

/** What operators see and steer. */
export const operationsMutants: readonly Mutant[] = [
  {
    name: 'status: the rate goes through every receipt that is kept',
    file: `${operations}/publish-rate.sql.ts`,
    find: '    where p.lane = l.lane\n',
    replace:
      "    where p.lane = l.lane and p.published_at > clock_timestamp() - $1::float8 * interval '1 millisecond'\n",
    tests: [`${operations}/publish-rate.integration.test.ts`],
    why: 'a look at the status of a busy system takes longer than a statement may',
  },
  {
    name: 'parked: what nobody was asked for was refused',
    file: 'services/ops/src/parked/carry-out.ts',
    find: 'events.slice(0, asked)',
    replace: 'events',
    tests: steering,
    only: 'no more of them in a second',
    why: 'an operator would look for what Kafka has against events that it never saw',
  },
  {
    name: 'status: heartbeats say nothing of lanes that wait',
    file: 'packages/outbox/src/relay/membership.sql.ts',
    find: 'backing_off = excluded.backing_off`',
    replace: 'backing_off = outbox_relay.backing_off`',
    tests: status,
    failsWith: /status says that a topic is missing: not within/,
    why: 'an operator would see that events wait, and not for what',
  },
  {
    name: 'status: a lane that has recovered is named on',
    file: 'packages/outbox/src/relay/membership.sql.ts',
    find: 'backing_off = excluded.backing_off`',
    replace: "backing_off = coalesce(nullif(excluded.backing_off, '[]'), outbox_relay.backing_off)`",
    tests: status,
    failsWith: /status says that nothing waits: not within/,
    why: 'an operator would look for a fault that is over',
  },
  {
    name: 'parked: all is asked for at once',
    file: 'services/ops/src/parked/carry-out.ts',
    find: '    if (asked < events.length) await wait((portion.length * 1_000) / perSecond, signal);\n',
    replace: '',
    tests: ['services/ops/src/steering.integration.test.ts'],
    only: 'asks for no more of them',
    why: 'a million redriven events would flood the brokers that had refused them',
  },
  {
    name: 'parked: a key is wished in two goes',
    file: 'services/ops/src/parked/carry-out.ts',
    find: '({ lane, key }) => `${lane}:${key}`',
    replace: '({ lane, seq }) => `${lane}:${seq}`',
    tests: steering,
    only: 'discards all of a key that was meant',
    why: 'the events of a key beyond the first portion would go out with their contents, and be told as discarded',
  },
  {
    name: 'parked: a wish is what became of it',
    file: `${operations}/parked.sql.ts`,
    find: "coalesce(c.action, 'gone')",
    replace: "'discarded'",
    tests: steering,
    only: 'another operator wished otherwise',
    why: 'an operator would think discarded what was published',
  },
  {
    name: 'command: a dry run does it',
    file: 'services/ops/src/parked/register-wishes.ts',
    find: 'if (!flags.yes) {',
    replace: 'if (!flags.reason) {',
    tests: steering,
    only: 'shows what was refused, redrives it in order',
    failsWith: unfinished,
    why: 'looking at what would happen would make it happen',
  },
  {
    name: 'pause: one lane stands for all of them',
    file: 'services/ops/src/steer/register-pausing.ts',
    find: 'lane?.includes(number) === true',
    replace: 'lane !== undefined',
    tests: pausing,
    failsWith: unfinished,
    why: 'one sick partition would cost the orders of all others',
  },
  {
    name: 'pause: its time is that of its statement and not of its commit',
    file: `${operations}/database-time.sql.ts`,
    find: "text: 'select clock_timestamp()::text as now'",
    replace: "text: 'select max(at)::text as now from outbox_audit'",
    tests: pausing,
    only: 'was committed after its heartbeat',
    why: 'an operator would be told that relays know what none of them has seen',
  },
  {
    name: 'pause: only lanes that were not paused before are waited for',
    file: 'services/ops/src/steer/register-pausing.ts',
    find: 'untilNoticed(database, lanes, change.at,',
    replace: 'untilNoticed(database, change.lanes, change.at,',
    tests: pausing,
    only: 'finds the lane paused already',
    why: 'the second operator would work on a broker that is still written to',
  },
  {
    name: 'pause: the relay does not hear of it',
    file: 'packages/outbox/src/relay/lane-runtime.ts',
    find: 'if (askedAt <= this.#pausedAt) return undefined;',
    replace: 'if (askedAt > this.#pausedAt) return undefined;',
    tests: pausing,
    only: 'holds every lane back',
    why: 'an operator would work on a broker that is still written to',
  },
  {
    name: 'replay: what is older than asked for is sent too',
    file: replays,
    find: `position and o.seq <= least(r.to_seq, $3, $7)
  where r.id = $1
    and (r.created_from is null or o.created_at >= r.created_from)`,
    replace: `position and o.seq <= least(r.to_seq, $3, $7)
  where r.id = $1`,
    tests: selection,
    only: 'by a time',
    why: 'every consumer would get events that nobody lost',
  },
  {
    name: 'replay: what is younger than asked for is sent too',
    file: replays,
    find: `    and (r.created_to is null or o.created_at < r.created_to)
    and \${isPublished}
    and (r.cause`,
    replace: `    and \${isPublished}
    and (r.cause`,
    tests: selection,
    only: 'by a time',
    why: 'every consumer would get events that nobody lost',
  },
  {
    name: 'replay: of one order, any time will do',
    file: replays,
    find: `  and o.seq <= least(r.to_seq, $3, $7)
  where r.id = $1
    and (r.created_from is null or o.created_at >= r.created_from)
    and (r.created_to is null or o.created_at < r.created_to)`,
    replace: `  and o.seq <= least(r.to_seq, $3, $7)
  where r.id = $1`,
    tests: selection,
    only: 'by one order and a time',
    why: 'the whole order would come again, not the part of it that was lost',
  },
  {
    name: 'replay: the range of seqs is counted and not kept to',
    file: 'packages/outbox/src/migrations/operate-functions.sql.ts',
    find: 'values (of_lane, first_seq, last_seq, only_key, not_before, not_after, first_seq - 1,',
    replace: 'values (of_lane, 1, 1000000, only_key, not_before, not_after, 0,',
    tests: selection,
    only: 'by a range of seqs',
    why: 'a replay of one bad minute would be one of everything',
  },
  {
    name: 'replay: lanes with few events go beyond the rate of all',
    file: 'services/ops/src/replay/plan-replay.ts',
    find: '1 + Math.floor(((perSecond - lanes.length) * lane.events) / events)',
    replace: 'Math.max(1, Math.floor((perSecond * lane.events) / events))',
    tests: ['services/ops/src/replay/plan-replay.test.ts'],
    why: 'consumers would be sent more than the operator thinks they can take',
  },
  {
    name: 'replay: who asked for it is not noted',
    file: 'packages/outbox/src/migrations/operate-functions.sql.ts',
    find: "select outbox_request_replay.actor, 'replay', of_lane,",
    replace: "select session_user, 'replay', of_lane,",
    tests: [`${operations}/replays.integration.test.ts`],
    why: 'whoever looks for the cause of a flood would find a role and nobody behind it',
  },
  {
    name: 'replay: who took it back is not noted',
    file: 'packages/outbox/src/migrations/operate-functions.sql.ts',
    find: "values (outbox_cancel_replay.actor, 'cancel replay', found_lane, outbox_cancel_replay.reason,",
    replace: "values (session_user, 'cancel replay', found_lane, 'cancelled',",
    tests: [`${operations}/replays.integration.test.ts`],
    why: 'nobody would know why consumers did not get what was promised to them',
  },
  {
    name: 'replay: the range of seqs does not restrict',
    file: `${operations}/replays.sql.ts`,
    find: 'and ($3::bigint is null or o.seq >= $3) and ($4::bigint is null or o.seq <= $4)',
    replace: 'and ($3::bigint is null or $4::bigint is not null)',
    tests: selection,
    only: 'by a range of seqs',
    why: 'the dry run would promise, and the replay send, every event of the lane',
  },
  {
    name: 'command: a usage error exits as a failure',
    file: 'services/ops/src/operator-error.ts',
    find: "return this.code === 'USAGE' ? exitCodes.usage : exitCodes.failed;",
    replace: 'return exitCodes.failed;',
    tests: usage,
    why: 'a script could not tell a typing error from a failure',
  },
  {
    name: 'operations: whoever watches is left alone when a connection is lost',
    file: 'services/ops/src/database/steady-database.ts',
    find: '!isAboutTheConnection(error)',
    replace: 'isAboutTheConnection(error)',
    tests: ['services/ops/src/looking.integration.test.ts'],
    only: 'outlives the connection',
    why: 'the screen that operators look at ends when the database restarts, which is when they look at it',
  },
];
