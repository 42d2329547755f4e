import { writeSync } from 'node:fs';
import pg from 'pg';
import { createKafkaPublisher } from '@waybill/kafka';
import type { Publisher } from '@waybill/outbox';
import { Relay } from '@waybill/outbox/relay';
import { silentLog } from '../relay/silent-log.ts';

/**
 * A relay in a process of its own that dies on demand at the worst moment: Kafka has acknowledged a batch, the
 * progress is not committed. It writes how many events were in flight then, and ends without any cleaning up.
 */
const SEND_TIMEOUT_MS = 2_000;
const [databaseUrl = '', broker = ''] = process.argv.slice(2);

let isToCrash = false;
process.on('message', () => {
  isToCrash = true;
});

const kafka = createKafkaPublisher({
  settings: { brokers: [broker], clientId: 'crashing-relay', requestTimeoutMs: SEND_TIMEOUT_MS },
  logger: silentLog,
});
const crashing: Publisher = {
  async publish(batch) {
    const receipt = await kafka.publish(batch);
    if (isToCrash) {
      const { status } = relay;
      writeSync(1, `${status.state === 'running' ? status.eventsInFlight : 0}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
    return receipt;
  },
  probe: (topic) => kafka.probe(topic),
  close: () => kafka.close(),
};
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 });
// A short lease: its successor cannot work before it ends.
const settings = { leaseMs: 2 * SEND_TIMEOUT_MS, heartbeatMs: 200, sendTimeoutMs: SEND_TIMEOUT_MS };
const relay = new Relay({ pool, publisher: crashing, listener: () => undefined, settings });
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
await relay.run(stopping.signal);
await kafka.close();
await pool.end();
process.disconnect?.();
