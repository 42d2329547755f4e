import type { Publisher } from '@waybill/outbox';
import { nameOf, versionHeader } from '../checker/facts.ts';
import type { RelayLine } from './batches-at-risk.ts';

/** Says of each batch what goes out, before it does, and that nobody answered, before it is sent again. */
export function telling(publisher: Publisher, say: (line: RelayLine) => void): Publisher {
  let sent = 0;
  return {
    async publish(batch) {
      sent += 1;
      const number = sent;
      const { topic, partition, messages } = batch;
      const events = messages.map(({ key, headers }) =>
        nameOf({ topic, key, version: Number(headers[versionHeader]) }),
      );
      say({ kind: 'sent', batch: number, partition, events });
      try {
        return await publisher.publish(batch);
      } catch (error) {
        // Without an answer it may be written.
        say({ kind: 'unanswered', batch: number });
        throw error;
      }
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  };
}
