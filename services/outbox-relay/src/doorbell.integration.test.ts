import path from 'node:path';
import { DOORBELL_CHANNEL } from '@waybill/outbox/relay';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { freePort, startRedis } from '../../../infra/local/index.ts';
import { until } from '../../../test/relay/bench.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { listenToDoorbell } from './doorbell.ts';

it('rings when a writer publishes, for the lanes that it names, says once that Redis is away, and rings again when it is back', async () => {
  await using folder = temporaryFolder();
  const options = {
    dataDir: path.join(folder.path, 'redis'),
    port: await freePort(),
    progress: () => undefined,
  };
  let server = await startRedis(options);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => server.stop());
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(line) });
  let rung: (readonly number[] | undefined)[] = [];
  const close = listenToDoorbell(server.url, (lanes) => rung.push(lanes), logger);
  stack.defer(() => close());

  await ringUntil(server.url, '', () => rung.length > 0);
  expect(rung[0]).toBeUndefined();
  server.signal('SIGKILL');
  await server.exited;
  await until('its absence is said', () => lines.some((line) => line.includes('Redis is away')));
  server = await startRedis(options);
  rung = [];
  await ringUntil(server.url, '3,5', () => rung.length > 0);
  expect(rung[0]).toEqual([3, 5]);

  expect(lines.filter((line) => line.includes('Redis is away'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('Redis is back'))).toHaveLength(1);
});

/** A ring that nobody hears yet is lost, as it is between the services; so it is repeated. */
async function ringUntil(url: string, message: string, isHeard: () => boolean): Promise<void> {
  const writer = new Redis(url);
  const deadline = performance.now() + 15_000;
  try {
    while (!isHeard()) {
      if (performance.now() > deadline) throw new Error('the doorbell was not heard within 15 s');
      await writer.publish(DOORBELL_CHANNEL, message);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    writer.disconnect();
  }
}
