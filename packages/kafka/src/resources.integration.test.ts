import { expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { freePort } from '../../../infra/local/index.ts';
import { clients, openPublisher } from './clients.fixture.ts';
import { uniqueName } from './other-client.fixture.ts';

const brokers = inject('servers').kafkaBrokers;

/** Sockets and timers that this process holds now. */
function held(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCP|Timeout)/.test(kind)).length;
}

test.each(clients)('%s holds nothing back from a hundred failed publishes', async (client) => {
  const refusing = `127.0.0.1:${await freePort()}`;
  const topic = uniqueName();
  const batch = { topic, partition: 0, messages: [{ key: 'k', value: 'v', headers: {} }] };
  const before = held();
  for (const brokersOfClient of [[refusing], brokers]) {
    await using publisher = openPublisher(client, { brokers: brokersOfClient });
    const codes = new Set<string>();
    for (let attempt = 0; attempt < 100; attempt += 1) {
      await publisher.publish(batch).catch((error: { code: string }) => codes.add(error.code));
    }

    expect([...codes]).toEqual([brokersOfClient === brokers ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'ECONNREFUSED']);
    // A connection to the broker may stay open for the next one.
    await expect.poll(held, { timeout: 10_000 }).toBeLessThanOrEqual(before + 1);
  }
  await expect.poll(held, { timeout: 10_000 }).toBeLessThanOrEqual(before);
});
