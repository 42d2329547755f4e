import { writeSync } from 'node:fs';
import pg from 'pg';
import { createKafkaPublisher } from '@waybill/kafka';
import type { Publisher } from '@waybill/outbox';
import { Relay, type RelayMeter } from '@waybill/outbox/relay';
import { silentLog } from '../relay/silent-log.ts';
import type { CrashPoint } from './crashing-relay.ts';

/**
 * A relay in a process of its own that dies on demand at a moment of the test's choice, be it the worst: Kafka has
 * acknowledged a batch, the progress is not committed. It writes how many events were in flight then, as it does for
 * each batch that fails, and ends without any cleaning up.
 */
const [databaseUrl = '', broker = '', lease = '', sendTimeout = ''] = process.argv.slice(2);
const sendTimeoutMs = Number(sendTimeout);

let toCrash: CrashPoint | undefined;
process.on('message', (point: CrashPoint) => {
  toCrash = point;
});

function crashAt(point: CrashPoint): void {
  if (toCrash !== point) return;
  writeSync(1, `${eventsInFlight()}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function eventsInFlight(): number {
  const { status } = relay;
  return status.state === 'running' ? status.eventsInFlight : 0;
}

const kafka = createKafkaPublisher({
  settings: { brokers: [broker], clientId: 'crashing-relay', requestTimeoutMs: sendTimeoutMs },
  logger: silentLog,
});
const crashing: Publisher = {
  async publish(batch) {
    crashAt('before the send');
    const receipt = await kafka.publish(batch).catch((error: unknown) => {
      // Without an answer it may be written, and it is sent again: no crash's doing.
      writeSync(1, `${batch.messages.length}\n`);
      throw error;
    });
    crashAt('after the send, before the commit');
    return receipt;
  },
  probe: (topic) => kafka.probe(topic),
  close: () => kafka.close(),
};
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 });
// A short lease: its successor cannot work before it ends.
const settings = { leaseMs: Number(lease), leaseMarginMs: 200, heartbeatMs: 200, sendTimeoutMs };
const meter: RelayMeter = {
  acknowledged: () => undefined,
  failed: () => undefined,
  phase(phase) {
    // Lanes that went on alone commit for themselves, and there may be nothing to commit without them.
    if (phase === 'commit' && eventsInFlight() === 0) crashAt('after the commit');
  },
};
const relay = new Relay({ pool, publisher: crashing, listener: () => undefined, meter, settings });
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
await relay.run(stopping.signal);
await kafka.close();
await pool.end();
process.disconnect?.();
