import type { Publisher } from '@waybill/outbox';

/**
 * The most that may stand in Kafka twice when the relay's sessions end: a lane has one batch under way and sends the
 * next one when the progress of the one before is committed, so that of each session only a lane's last batch can be
 * without its progress.
 */
export class LastBatches {
  /** Events of the newest batch, by session and lane. */
  readonly #events = new Map<string, number>();
  readonly #session: () => number;

  /** @param session how many sessions have ended by now */
  constructor(session: () => number) {
    this.#session = session;
  }

  /** Of all sessions that have ended. */
  get events(): number {
    const current = `${this.#session()} `;
    return [...this.#events]
      .filter(([batch]) => !batch.startsWith(current))
      .reduce((sum, [, events]) => sum + events, 0);
  }

  readonly through = (publisher: Publisher): Publisher => ({
    publish: async (batch) => {
      this.#events.set(`${this.#session()} ${batch.topic}/${batch.partition}`, batch.messages.length);
      return await publisher.publish(batch);
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  });
}
