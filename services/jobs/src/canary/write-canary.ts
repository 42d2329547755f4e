import { randomBytes, randomUUID } from 'node:crypto';
import type { Job } from '../runs/job.ts';
import { writeCanary } from './canary.sql.ts';

const TYPE = 'waybill.canary.written.v1';

/** Sends an event through the whole path, as an order would go: outbox, relay, Kafka, a reader. */
export function canaryJob(everyMs: number): Job {
  return {
    name: 'canary',
    description: 'sends an event through the whole path, for the reader to time',
    schedule: { kind: 'every', ms: everyMs },
    async run({ session }) {
      const id = randomUUID();
      await writeCanary(session, {
        id,
        type: TYPE,
        payload: JSON.stringify({ canary_id: id, version: 1 }),
        headers: headersOf(id, new Date()),
      });
      return { canary: id };
    },
  };
}

/** CloudEvents 1.0, Kafka binary mode, like every event; the relay stamps `ce_epoch` when it sends. */
function headersOf(id: string, time: Date): Readonly<Record<string, string>> {
  return {
    ce_specversion: '1.0',
    ce_id: `${id}:1`,
    ce_type: TYPE,
    ce_source: '/waybill/jobs',
    ce_subject: id,
    ce_time: time.toISOString(),
    ce_orderversion: '1',
    'content-type': 'application/json',
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
  };
}
