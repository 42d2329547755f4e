import type { PublishBatch, Publisher, PublishReceipt } from '../publisher.ts';
import type { LoopProgress } from './loop-progress.ts';
import type { RelayMeter } from './relay-meter.ts';

interface Watch {
  readonly meter: RelayMeter;
  readonly progress: LoopProgress;
  readonly monotonic: () => number;
}

/**
 * The same publisher, measured. An adapter that forgets its own time limit leaves a lane waiting for ever while the
 * others go on, so its calls are watched here, where every send and every probe passes.
 */
export function watchedPublisher(publisher: Publisher, { meter, progress, monotonic }: Watch): Publisher {
  async function publish(batch: PublishBatch): Promise<PublishReceipt> {
    const since = monotonic();
    try {
      const receipt = await progress.during(() => publisher.publish(batch));
      meter.acknowledged(batch.topic, batch.messages.length, monotonic() - since);
      return receipt;
    } catch (error) {
      meter.failed(batch.topic, error);
      throw error;
    }
  }
  return {
    publish,
    probe: (topic) => progress.during(() => publisher.probe(topic)),
    close: () => publisher.close(),
  };
}
