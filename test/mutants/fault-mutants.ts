import type { Mutant } from './mutant.ts';

const leases = ['test/relay/leases.integration.test.ts'];

/** What broken connections, brokers and relays that go must not do. */
export const faultMutants: readonly Mutant[] = [
  {
    name: 'kafka: half an answer is handed on',
    file: 'packages/kafka/src/sockets.ts',
    find: 'return withWholeAnswers(socket);',
    replace: 'return socket.destroyed ? withWholeAnswers(socket) : socket;',
    tests: ['test/faults/lost-answers.integration.test.ts'],
    only: 'reset in the middle of its answers',
    why: 'kafkajs puts the next connection’s answers behind it and reads garbage, up to the end of the process',
  },
  {
    name: 'relay: nobody hears a connection that breaks',
    file: 'packages/postgres/src/connected.ts',
    find: `      client.on('error', heard);\n`,
    replace: '',
    tests: ['test/faults/database-proxy.integration.test.ts'],
    only: 'resets connections in the middle',
    why: 'a reset under a statement ends the relay’s process instead of its session',
  },
  {
    name: 'relay: a session begins from the progress before the newest',
    file: 'packages/outbox/src/relay/grant-lanes.sql.ts',
    find: 'from outbox_progress p where p.lane = l.lane order by p.id desc limit 1',
    replace: `from outbox_progress p where p.lane = l.lane order by p.id desc
    limit 1 offset (select least(count(*), 2) - 1 from outbox_progress c where c.lane = l.lane)`,
    tests: ['test/faults/database-proxy.integration.test.ts'],
    only: 'hears of no commit',
    failsWith: /AssertionError|not within/,
    why: 'what is committed goes out again whenever its answer was lost',
  },
  {
    name: 'relay: one lane of four sends everything twice',
    file: 'packages/outbox/src/relay/send-delivery.ts',
    find: 'const { baseOffset } = await publisher.publish({ topic, partition, messages });',
    replace: `if (partition === 0) await publisher.publish({ topic, partition, messages });
    const { baseOffset } = await publisher.publish({ topic, partition, messages });`,
    tests: ['test/faults/database-proxy.integration.test.ts'],
    only: 'resets connections in the middle',
    why: 'less than what two rounds of events allowed, and none of it explained by the fault',
  },
  {
    name: 'lease: a relay that stops keeps its lanes',
    file: 'packages/outbox/src/relay/membership.sql.ts',
    find: 'await database.query({ text: LEAVE, values: [relayId] });',
    replace: '',
    tests: leases,
    only: 'shares the lanes evenly',
    failsWith: /not within/,
    why: 'every rolling restart stops the lanes for as long as a lease',
  },
  {
    name: 'kafka: a throttled batch is a missing answer',
    file: 'packages/kafka/src/failure.ts',
    find: 'if (cause instanceof KafkaJSRequestTimeoutError && !wasSent(cause)) return throttledFailure;',
    replace: '',
    tests: ['packages/kafka/src/publish-error.test.ts'],
    why: 'doctor sends the operator to look at the network, and it is the quota',
  },
  {
    name: 'relay: progress is recorded before the answer',
    file: 'packages/outbox/src/relay/send-delivery.ts',
    find: 'const { baseOffset } = await publisher.publish({ topic, partition, messages });',
    replace:
      'publisher.publish({ topic, partition, messages }).catch(() => undefined);\n    const baseOffset = database.epoch < 0 ? 1n : 0n;',
    tests: ['test/relay/failures.integration.test.ts'],
    only: 'backs off in a lane that fails',
    failsWith: /AssertionError|not within/,
    why: 'the commit before the acknowledgement: what Kafka refuses, or what is in flight at a crash, is lost',
  },
  {
    name: 'crash: a lane sends on before its progress is committed',
    file: 'packages/outbox/src/relay/relay-session.ts',
    find: `await timed(this.#parts, 'commit', this.#recorder.record(sends));`,
    replace: 'setTimeout(() => void this.#recorder.record(sends), 300);',
    tests: ['test/faults/relays.long.test.ts'],
    only: 'after the send, before the commit',
    failsWith: /AssertionError|not within/,
    why: 'everything that was sent in the meantime comes again, not the one batch in flight; or nothing goes on',
  },
  {
    name: 'crash: a lane that is to be given back forgets what it has sent',
    file: 'packages/outbox/src/relay/relay-session.ts',
    find: `await timed(this.#parts, 'commit', this.#recorder.record(sends));`,
    replace: `const kept = sends.filter(({ lane }) => !lane.leaving.aborted);
    await timed(this.#parts, 'commit', this.#recorder.record(kept));`,
    tests: ['test/faults/relays.long.test.ts'],
    only: 'one of three',
    why: 'every relay that comes or goes has a batch of each lane that moves sent again, without any fault',
  },
  {
    name: 'crash: a batch that nobody answered is sent again at once',
    file: 'packages/outbox/src/relay/send-delivery.ts',
    find: 'const { baseOffset } = await publisher.publish({ topic, partition, messages });',
    replace: `const batch = { topic, partition, messages };
    const { baseOffset } = await publisher.publish(batch).catch(() => publisher.publish(batch));`,
    tests: ['test/relay/processes.integration.test.ts'],
    only: 'when it wakes up after its lease, and its batches are never answered',
    why: 'whoever wakes up after its lease repeats batches of lanes that are another relay’s',
  },
  {
    name: 'kafka: a connection that nobody answered is kept',
    file: 'packages/kafka/src/publisher.ts',
    find: 'if (failure.kafkaCode === undefined || connection.refused) this.#retire(batch.topic, connection);',
    replace: '',
    tests: ['test/faults/brokers.long.test.ts'],
    only: 'a leader is frozen',
    failsWith: /led is published while it is away: not within/,
    why: 'kafkajs keeps asking a leader that is gone, and who leads instead is not learned before it is back',
  },
  {
    name: 'lease: the dead count as alive beyond their lease',
    file: 'packages/outbox/src/relay/membership.sql.ts',
    find: 'from outbox_relay where lease_until > clock_timestamp()) as relays',
    replace: "from outbox_relay where lease_until > clock_timestamp() - interval '5 s') as relays",
    tests: ['test/relay/processes.integration.test.ts'],
    only: 'moves the lanes of a killed relay',
    why: 'every crash would stop its lanes for half as long again as the lease says',
  },
];
