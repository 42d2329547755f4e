import type { Mutant } from './mutant.ts';

const decide = 'packages/inbox/src/decide.ts';
const decideTests = ['packages/inbox/src/decide.test.ts', 'packages/inbox/src/plan.test.ts'];

const failures = ['packages/inbox/src/failures.integration.test.ts'];
const keptStore = ['packages/inbox/src/kept-store.integration.test.ts'];
const twoTopics = ['packages/inbox/src/two-topics.integration.test.ts'];

/** The consumer kit, the projection that is built on it, and what they read. */
export const consumerMutants: readonly Mutant[] = [
  {
    name: 'gate: an early event is applied at once',
    file: decide,
    find: "return order === 'gapless' ? { kind: 'keep' } : { kind: 'apply' };",
    replace: "return { kind: 'apply' };",
    tests: decideTests,
    why: 'a cancellation would be applied before its order',
  },
  {
    name: 'gate: a repetition is applied again',
    file: decide,
    find: 'if (arrival.version === applied + 1)',
    replace: 'if (arrival.version === applied + 1 || arrival.version === applied)',
    tests: decideTests,
    why: 'every redelivery would count twice',
  },
  {
    name: 'gate: a contradiction is skipped',
    file: decide,
    find: "return contradicts(arrival, gate) ? { kind: 'diverged' } : { kind: 'skip' };",
    replace: "return { kind: 'skip' };",
    tests: decideTests,
    why: 'a restored source that tells another story would go unnoticed',
  },
  {
    name: 'plan: what waited stays in the store',
    file: 'packages/inbox/src/plan.ts',
    find: 'release: kept.filter((event) => !this.#waiting.has(event.version)),',
    replace: 'release: [],',
    tests: ['packages/inbox/src/plan.test.ts'],
    why: 'applied events would be kept for ever',
  },
  {
    name: 'batch: the effect commits without its gate',
    file: 'packages/inbox/src/apply-batch.ts',
    find: 'await applyEvents(application, scope, plan.apply);',
    replace: "await applyEvents(application, scope, plan.apply);\n    await scope.sql.query('commit', []);",
    tests: ['packages/inbox/src/two-topics.integration.test.ts'],
    why: 'a crash between the two would apply the batch again, and a second member would not wait',
  },
  {
    name: 'totals: a cancellation adds',
    file: 'services/sales-projection/src/domain/total-change.ts',
    find: 'addMoney(spent, negateMoney(event.data.total))',
    replace: 'addMoney(spent, event.data.total)',
    tests: ['services/sales-projection/src/domain/total-change.test.ts'],
    why: 'the totals would no longer equal the orders',
  },
  {
    name: 'contracts: an event’s id leaves out its version',
    file: 'packages/contracts/src/encode.ts',
    find: 'ce_id: `${key}:${version}`',
    replace: 'ce_id: key',
    tests: ['packages/contracts/src/encode.test.ts'],
    why: 'consumers that deduplicate by ce_id would drop every later event of an order',
  },
  {
    name: 'contracts: headers may contradict the body',
    file: 'packages/contracts/src/decode.ts',
    find: '.filter(([name, text]) => headerText(headers, name) !== text)',
    replace: '.filter(([name]) => headerText(headers, name) === undefined)',
    tests: ['packages/contracts/src/decode.test.ts'],
    why: 'an event would be applied under another version than its body’s',
  },
  {
    name: 'gate: off by one',
    file: decide,
    find: 'if (arrival.version === applied + 1)',
    replace: 'if (arrival.version === applied + 2)',
    tests: decideTests,
    why: 'no first event of an order would ever be applied',
  },
  {
    name: 'consumer: offsets are reported before the transaction',
    file: 'packages/inbox/src/consumer.ts',
    find: 'await this.#observer.around(facts, () => this.#apply(messages, batch.signal));',
    replace:
      'batch.applied(messages.at(-1)?.offset ?? 0n);\n      await this.#observer.around(facts, () => this.#apply(messages, batch.signal));',
    tests: failures,
    only: 'a missing table',
    why: 'a batch whose transaction fails would be committed in Kafka and never come again',
  },
  {
    name: 'batch: early events are read before the lock',
    file: 'packages/inbox/src/apply-batch.ts',
    find: `  const locked = await lockGates(sql, group, gateKeys);
  if (locked !== gateKeys.length)
    throw new Error(\`\${gateKeys.length - locked} gates vanished; is something deleting them?\`);
  const gates = await readGates(sql, group, gateKeys);
  const pages = await readKept(sql, group, gateKeys, { order, size });`,
    replace: `  const pages = await readKept(sql, group, gateKeys, { order, size });
  await lockGates(sql, group, gateKeys);
  const gates = await readGates(sql, group, gateKeys);`,
    tests: twoTopics,
    why: 'an event that another member keeps meanwhile would wait for ever',
  },
  {
    name: 'storage: a transaction takes the session’s isolation',
    file: 'packages/inbox/src/storage/pg-storage.ts',
    find: "await client.query('begin isolation level read committed');",
    replace: "await client.query('begin');",
    tests: twoTopics,
    failsWith: /could not serialize access/,
    why: 'at repeatable read a member would not see what the other did while it waited',
  },
  {
    name: 'dead letter: its copy is noted before Kafka has acknowledged it',
    file: 'packages/inbox/src/dead-letters/copy.ts',
    find: '      await unlessAborted(topics.publish(copyOf(group, letter)), signal);',
    replace:
      '      await storage.transaction(({ sql }) => markCopied(sql, letter.id));\n      await unlessAborted(topics.publish(copyOf(group, letter)), signal);',
    tests: failures,
    only: 'a copy that Kafka did not acknowledge',
    failsWith: /AssertionError|in vain/,
    why: 'a copy that Kafka never took would count as published',
  },
  {
    name: 'dead letter: its key goes on',
    file: 'packages/inbox/src/dead-letters/bury.ts',
    find: "else await stopGate(sql, group, { key: gateKey, version: next.version, reason: 'poison' });",
    replace: '',
    tests: failures,
    only: 'the others are applied, its key waits',
    failsWith: /in vain: its key is seen to stand/,
    why: 'a redelivery would try the poison again, and operators would see no key that stands',
  },
  {
    name: 'failures: a lost connection is the event’s fault',
    file: 'packages/inbox/src/failure.ts',
    find: "if (error.database === 'is away') return 'pause';",
    replace: '',
    tests: failures,
    only: 'a lost connection',
    why: 'a restart of the database would turn good events into dead letters',
  },
  {
    name: 'redrive: the key stays stopped',
    file: 'packages/inbox/src/dead-letters/carry-out.ts',
    find: 'if (standsHere) await freeGate(sql, group, gateKey);',
    replace: '',
    tests: failures,
    only: 'the others are applied, its key waits',
    failsWith: /waited 20 s in vain/,
    why: 'what waits behind a dead letter would wait for ever',
  },
  {
    name: 'storage: MikroORM keeps lost connections',
    file: 'packages/inbox/src/storage/lost-connections.ts',
    find: '    client.release(true);\n',
    replace: '',
    tests: ['packages/inbox/src/storage/mikro-orm-storage.integration.test.ts'],
    only: 'lost before their transaction begins',
    failsWith: /timed out/,
    why: 'after as many losses as the pool is large the consumer would stand still for ever',
  },
  {
    name: 'dead letter: its topic takes the broker’s limit',
    file: 'packages/kafka/src/dead-letter-topics.ts',
    find: '        ...(await roomFor(admin, sourceTopic)),\n',
    replace: '',
    tests: ['packages/kafka/src/dead-letter-topics.integration.test.ts'],
    only: 'as large as its topic allows',
    failsWith: /MESSAGE_TOO_LARGE/,
    why: 'the largest messages of a topic would never be copied when they are dead letters',
  },
  {
    name: 'kept: all of a key is read',
    file: 'packages/inbox/src/kept.sql.ts',
    find: '[group, gateKeys, order, size + 1],',
    replace: '[group, gateKeys, order, 1_000_000],',
    tests: keptStore,
    why: 'a key whose predecessor is missing would cost more with every event, up to the end of the memory',
  },
  {
    name: 'kept: what was not read waits for upkeep',
    file: 'packages/inbox/src/apply-delivery.ts',
    find: 'await goOn(application, policy, whole.ready, signal)',
    replace: 'nothingDone',
    tests: keptStore,
    why: 'a key with many early events would go on by a page every ten seconds',
  },
  {
    name: 'plan: what was not read is passed over',
    file: 'packages/inbox/src/plan.ts',
    find: 'return version > (this.#state.keptUpTo ?? Infinity) ? undefined : this.#waiting.get(version);',
    replace: 'return this.#waiting.get(version);',
    tests: ['packages/inbox/src/plan.test.ts'],
    why: 'events of a topic would be skipped for ever when a stopped key goes on',
  },
  {
    name: 'status: only the gaps that are named count',
    file: 'packages/inbox/src/status.sql.ts',
    find: 'open: rows[0]?.open ?? 0',
    replace: 'open: rows.length',
    tests: failures,
    only: 'of more keys than are named',
    why: 'a thousand orders that wait would look like twenty',
  },
  {
    name: 'kafka: a client that stands still is kept',
    file: 'packages/kafka/src/progress-watch.ts',
    find: 'if (judgement.stalled.length > 0) throw new StaleConsumerError(judgement.stalled);',
    replace: '',
    tests: ['test/consumers/stale-client.long.test.ts'],
    failsWith: /to deeply equal \[ 'first', 'second' \]/,
    why: 'a consumer would stand still after a broker’s maintenance until somebody restarts it',
  },
  {
    name: 'liveness: what hangs is not seen',
    file: 'packages/inbox/src/progress.ts',
    find: 'this.#begun.add(begun);',
    replace: '',
    tests: failures,
    only: 'a handler that does not return',
    failsWith: /waited 20 s in vain/,
    why: 'a consumer that hangs in a transaction would be taken for alive for ever',
  },
  {
    name: 'batch: versions are read before the lock',
    file: 'packages/inbox/src/apply-batch.ts',
    find: `  const locked = await lockGates(sql, group, gateKeys);
  if (locked !== gateKeys.length)
    throw new Error(\`\${gateKeys.length - locked} gates vanished; is something deleting them?\`);
  const gates = await readGates(sql, group, gateKeys);`,
    replace: `  const gates = await readGates(sql, group, gateKeys);
  await lockGates(sql, group, gateKeys);`,
    tests: ['packages/inbox/src/interleavings.integration.test.ts'],
    why: 'the second of two members would keep an event whose turn has come, and nobody would go on with it',
  },
];
