import type { Mutant } from './mutant.ts';

const operations = 'packages/outbox/src/operations';
const diagnosis = [`${operations}/diagnose.test.ts`];
const comparison = [`${operations}/reconcile/compare-record.test.ts`];
const steering = ['services/ops/src/steering.integration.test.ts'];
const reconciling = ['services/ops/src/reconcile/reconcile.integration.test.ts'];
const usage = ['services/ops/src/command-line/usage.test.ts'];
const pausing = ['services/ops/src/steer/pausing.integration.test.ts'];
const selection = ['services/ops/src/replay/selection.integration.test.ts'];
const replays = 'packages/outbox/src/relay/replays.sql.ts';
const status = ['test/relay/status.integration.test.ts'];
const unfinished = /AssertionError|not within/;

/** What operators see and steer. */
export const operationsMutants: readonly Mutant[] = [
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
    find: '    if (from > 0) await wait(1_000, signal);\n',
    replace: '',
    tests: ['services/ops/src/steering.integration.test.ts'],
    only: 'asks for no more of them',
    why: 'a million redriven events would flood the brokers that had refused them',
  },
  {
    name: 'doctor: an outage does not explain its lanes',
    file: `${operations}/lane-findings.ts`,
    find: "if (broker.state !== 'answers') return lanes.map(({ lane }) => lane);",
    replace: "if (broker.state !== 'answers') return [];",
    tests: diagnosis,
    why: 'an operator would read of every lane instead of the broker that is away',
  },
  {
    name: 'doctor: a pause does not explain what waits behind it',
    file: `${operations}/lane-findings.ts`,
    find: 'for (const lane of lanes) explained.add(lane);',
    replace: 'for (const lane of lanes) explained.delete(lane);',
    tests: diagnosis,
    why: 'the symptom would be named beside its cause',
  },
  {
    name: 'doctor: a pause for a lost log is taken for an operator’s',
    file: `${operations}/lane-findings.ts`,
    find: 'isPaused && !lost.has(lane)',
    replace: 'isPaused',
    tests: diagnosis,
    why: 'whoever reads of an operator resumes the lane and never learns what consumers lack',
  },
  {
    name: 'doctor: a lost log counts for ever once its lane was paused for it',
    file: `${operations}/log-losses.sql.ts`,
    find: "a.action = 'resume'",
    replace: "a.action = 'never'",
    tests: ['services/ops/src/doctor/doctor.integration.test.ts'],
    only: 'for as long as the lanes are paused for it',
    why: 'a pause for another reason would be told as the loss of last month',
  },
  {
    name: 'doctor: a leader that is missing is not seen',
    file: `${operations}/broker-findings.ts`,
    find: 'if (leaderless.length === 0) return [];',
    replace: 'if (leaderless.length >= 0) return [];',
    tests: diagnosis,
    why: 'a partition that nobody can write would go unnamed',
  },
  {
    name: 'doctor: the default partition does not explain the day that is missing',
    file: `${operations}/database-findings.ts`,
    find: 'const missing = missingPartitions.filter(({ parent, day }) => !blocked.has(`${parent} ${day}`));',
    replace: 'const missing = missingPartitions.filter(() => blocked.size >= 0);',
    tests: diagnosis,
    why: 'an operator would try to make a day that cannot be made',
  },
  {
    name: 'reconcile: another id counts as the same event',
    file: `${operations}/reconcile/compare-record.ts`,
    find: 'if (record.key !== event.key || (id !== undefined && record.headers[idHeader] !== id)) {',
    replace: 'if (record.key !== event.key) {',
    tests: comparison,
    why: 'a receipt that points to another version of the same order would pass',
  },
  {
    name: 'reconcile: the value is not compared',
    file: `${operations}/reconcile/compare-record.ts`,
    find: "!== event.payloadSha256) parts.unshift('value');",
    replace: "=== '') parts.unshift('value');",
    tests: comparison,
    why: 'other bytes in Kafka than were committed would pass',
  },
  {
    name: 'reconcile: receipts may overlap',
    file: `${operations}/reconcile/reconcile-lane.ts`,
    find: 'if (this.current.offset > this.#highest) {',
    replace: 'if (this.current.offset > -1n) {',
    tests: reconciling,
    only: 'not above the one before',
    why: 'two events that claim one offset would pass',
  },
  {
    name: 'reconcile: what follows the last record is not looked at',
    file: `${operations}/reconcile/reconcile-lane.ts`,
    find: 'receipts.current.receiptId <= edges.newestReceipt) {',
    replace: 'receipts.current.receiptId < 0n) {',
    tests: reconciling,
    only: 'offset where nothing is',
    why: 'a receipt beyond the end of the log would pass',
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
    find: 'lane?.includes(state.lane) === true,',
    replace: 'lane !== undefined,',
    tests: pausing,
    failsWith: unfinished,
    why: 'one sick partition would cost the orders of all others',
  },
  {
    name: 'pause: the relay does not hear of it',
    file: 'packages/outbox/src/relay/lane-runtime.ts',
    find: 'if (askedAt > this.#pausedAt) this.#isPaused = isPaused;',
    replace: 'if (askedAt < this.#pausedAt) this.#isPaused = isPaused;',
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
    name: 'doctor: a standby is taken for the primary',
    file: 'packages/outbox/src/operations/examine.ts',
    find: 'if (server.isStandby) return { findings: [standby], unchecked: [] };',
    replace: '',
    tests: ['services/ops/src/doctor/standby.long.test.ts'],
    why: 'an operator would be told of waiting lanes and not that the services are at the wrong server',
  },
];
