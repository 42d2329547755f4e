import type { Mutant } from './mutant.ts';

const rows = 'packages/outbox/src/relay/replays.sql.ts';

/** What the relay takes for a replay: all that was published, each as it was. */
export const replayMutants: readonly Mutant[] = [
  {
    name: 'replay: what a drain has published is passed by',
    file: rows,
    find: ' or o.seq <= $8::bigint and',
    replace: ' or o.seq <= $8::bigint and false and',
    tests: ['packages/outbox/src/relay/replays.integration.test.ts'],
    only: 'what a drain has published',
    why: 'of a log that was lost in mid-drain these events are never published again, and the replay says that it is done',
  },
  {
    name: 'replay: a drain has published all of its transaction',
    file: rows,
    find: ' or o.seq <= $8::bigint and',
    replace: ' or $8::bigint is not null and',
    tests: ['packages/outbox/src/relay/replays.integration.test.ts'],
    only: 'what a drain has published',
    why: 'events would come as replays before they come at all, out of order',
  },
  {
    name: 'replay: what was discarded comes with its data',
    file: rows,
    find: "a.action = 'discarded'",
    replace: "a.action = 'discard it'",
    tests: ['test/relay/replay.integration.test.ts'],
    only: 'sends the marker again',
    failsWith: /AssertionError/,
    why: 'what an operator gave up would be published after all, or be missing where the broker still refuses it',
  },
];
