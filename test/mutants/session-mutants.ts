import type { Mutant } from './mutant.ts';

const session = 'packages/outbox/src/relay/relay-session.ts';
const laneRuntime = 'packages/outbox/src/relay/lane-runtime.ts';
const grantedAnew = ['test/relay/granted-anew.integration.test.ts'];
const heartbeats = ['test/relay/heartbeats.integration.test.ts'];
const laneTests = ['packages/outbox/src/relay/lane-runtime.test.ts'];

/** A relay's session beside its heartbeats: what is taken and not sent, what is given back meanwhile, errands. */
export const sessionMutants: readonly Mutant[] = [
  {
    name: 'session: a lease renewed in time goes on after a cycle that it cut off',
    file: session,
    find: '(isCutOff || !this.#maySend(stop))',
    replace: '!this.#maySend(stop)',
    tests: heartbeats,
    only: 'too long to send on',
    failsWith: /AssertionError|not within/,
    why: 'what was read and not sent is behind the next batch, whose position passes it by for good',
  },
  {
    name: 'session: a batch is taken while the one before is neither committed nor given up',
    file: laneRuntime,
    find: 'if (this.#isTaken) {',
    replace: 'if (this.#queue.length < 0) {',
    tests: laneTests,
    only: 'is committed or given up before the next',
    why: 'nothing holds when a batch is dropped on the way: its rows are passed by',
  },
  {
    name: 'session: what was given back during a heartbeat was lost',
    file: 'packages/outbox/src/relay/held-lanes.ts',
    find: 'lanes.filter((lane) => this.#held.has(lane))',
    replace: 'lanes',
    tests: heartbeats,
    only: 'does not call a lane lost',
    why: 'operators are told of a relay that took lanes away, and there is none',
  },
  {
    name: 'session: a lane is granted anew before its old grant is let go',
    file: 'packages/outbox/src/relay/heartbeat.ts',
    find: 'take.filter((lane) => !sending.has(lane) && !held.has(lane))',
    replace: 'take.filter((lane) => !sending.has(lane))',
    tests: grantedAnew,
    only: 'although a send that began in between',
    why: 'two batches of one lane are under way at once, and the old one takes the new grant out of the cycle',
  },
  {
    name: 'session: a grant that was lost takes the new one out of the cycle',
    file: 'packages/outbox/src/relay/held-lanes.ts',
    find: 'if (this.#inCycle.get(lane.lane.lane) === lane) this',
    replace: 'this',
    tests: grantedAnew,
    only: 'waits for another',
    failsWith: /all is published: not within/,
    why: 'the lane is held and never read again, and nobody is told',
  },
  {
    name: 'session: one errand a heartbeat',
    file: session,
    find: 'working.some((lane) => lane.hasErrand)',
    replace: 'working.length < 0',
    tests: ['test/relay/errands.integration.test.ts'],
    failsWith: /AssertionError|not within/,
    why: 'a redrive of a thousand orders takes a quarter of an hour where nothing else happens',
  },
];
