import type { Mutant } from './mutant.ts';

const alone = 'packages/outbox/src/relay/lane-alone.ts';
const recorder = 'packages/outbox/src/relay/progress-recorder.ts';
const parking = ['test/relay/parking.integration.test.ts'];
const lostLog = ['test/relay/lost-log.integration.test.ts'];
const replay = ['test/relay/replay.integration.test.ts'];
const ownership = ['test/relay/ownership.integration.test.ts'];
/** What is parked too much or too little never settles. */
const unsettled = /AssertionError|not within/;

/** What the relay does about single bad events, lost logs and replays. */
export const parkingMutants: readonly Mutant[] = [
  {
    name: 'parking: successors are not held back',
    file: recorder,
    find: 'lane.blocked.set(key, seq);',
    replace: 'lane.blocked.delete(key);',
    tests: parking,
    only: 'is parked with the later ones of its key',
    failsWith: unsettled,
    why: 'an order’s later events would overtake the one that is parked',
  },
  {
    name: 'parking: an outage spends an attempt',
    file: alone,
    find: "if (failure.class !== 'event') {",
    replace: "if (failure.class !== 'event' && errand.kind !== 'redrive') {",
    tests: parking,
    only: 'counts only refusals as attempts',
    failsWith: unsettled,
    why: 'a long outage would use up what an event is worth',
  },
  {
    name: 'parking: what was published before a parked event joins it after a restore',
    file: 'packages/outbox/src/relay/delivery.ts',
    find: 'first === undefined || seq < first ?',
    replace: 'first === undefined ?',
    tests: parking,
    only: 'after a restore',
    failsWith: unsettled,
    why: 'the key’s first one would be one that nothing makes due, and the key would wait for an operator for ever',
  },
  {
    name: 'parking: of a key’s parked events the last one counts as the first',
    file: 'packages/outbox/src/relay/grant-lanes.sql.ts',
    find: 'min(k.seq)::text',
    replace: 'max(k.seq)::text',
    tests: parking,
    only: 'after a restore',
    failsWith: unsettled,
    why: 'a later event would overtake the one that is parked',
  },
  {
    name: 'replay: a lane backs off for a replay that nobody wants any more',
    file: alone,
    find: 'no answer of the broker says it.\n    recorder.recovered(this.#lane);\n',
    replace: 'no answer of the broker says it.\n',
    tests: replay,
    only: 'once nobody wants the replay',
    failsWith: unsettled,
    why: 'operators are called for a Kafka that is back',
  },
  {
    name: 'parking: an outage parks',
    file: 'packages/outbox/src/relay/failure-class.ts',
    find: "return { class: known ?? 'protocol', code };",
    replace: "return { class: known ?? 'event', code };",
    tests: parking,
    only: 'never is one that met an outage',
    failsWith: unsettled,
    why: 'whatever a broker says that nobody foresaw would put every event aside',
  },
  {
    name: 'parking: what was read before is kept afterwards',
    file: 'packages/outbox/src/relay/held-lanes.ts',
    find: '    lane.rewind();\n',
    replace: '',
    tests: parking,
    only: 'is parked with the later ones of its key',
    failsWith: unsettled,
    why: 'halves that were sent one by one would be read and sent again',
  },
  {
    name: 'parking: the next owner does not know',
    file: 'packages/outbox/src/relay/lane-runtime.ts',
    find: 'this.blocked = new Map(granted.blocked);',
    replace: 'this.blocked = new Map([...granted.blocked].slice(0, 0));',
    tests: parking,
    only: 'is known to the next owner',
    failsWith: unsettled,
    why: 'after a restart later events would overtake parked ones',
  },
  {
    name: 'parking: a discarded event is sent as it was',
    file: 'packages/outbox/src/relay/delivery.ts',
    find: "row.wish === 'discard' ?",
    replace: "row.wish === 'redrive' ?",
    tests: ['packages/outbox/src/relay/delivery.test.ts'],
    only: 'is a marker without data',
    why: 'what an operator took out would reach consumers',
  },
  {
    name: 'parking: a refusal is recorded by whoever owned the lane',
    file: recorder,
    find: 'if (!advanced.has(number)) return advanced;',
    replace: '',
    tests: ownership,
    only: 'lost its lane before the answer came',
    why: 'a relay that was replaced would park, unpark, replay and pause beside its successor',
  },
  {
    name: 'parking: a try is counted by whoever owned the lane',
    file: recorder,
    find: `      if (!(await fenceLane(transaction, number, lane.leaseEpoch))) return false;
      await retryLater(transaction, number, event, tried);
      return true;`,
    replace: `      const isOurs = await fenceLane(transaction, number, lane.leaseEpoch);
      await retryLater(transaction, number, event, tried);
      return isOurs;`,
    tests: ownership,
    only: 'counts no attempt of a redrive',
    why: 'a wish that the successor is carrying out would be taken back under its hands',
  },
  {
    name: 'cursor: half of a late batch counts as all of it',
    file: 'packages/outbox/src/relay/cursor.ts',
    find: 'return { ...from, drain: { after: seq, until: next.drain?.until ?? next.snapshot } };',
    replace: 'return { ...next, drain: seq < 0n ? from.drain : next.drain };',
    tests: ['packages/outbox/src/relay/cursor.test.ts'],
    only: 'half of a step',
    why: 'a crash between the halves would lose the second one',
  },
  {
    name: 'lost log: an offset below the last one is taken as it is',
    file: recorder,
    find: "if (outcome?.state !== 'acknowledged' || outcome.baseOffset >= lane.logEnd) return undefined;",
    replace: "if (outcome?.state !== 'acknowledged' || outcome.baseOffset >= 0n) return undefined;",
    tests: lostLog,
    failsWith: unsettled,
    why: 'nobody would hear that Kafka lost what receipts name',
  },
  {
    name: 'replay: what is not published yet is replayed',
    file: 'packages/outbox/src/relay/replays.sql.ts',
    find: '(o.seq <= $5 or pg_visible_in_snapshot(o.xid, $4::pg_snapshot)',
    replace: '(o.seq <= $5 or $4::pg_snapshot is not null',
    tests: replay,
    failsWith: unsettled,
    why: 'an event would come as a replay before it came at all',
  },
];
