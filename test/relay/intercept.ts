import type { PublishBatch, Publisher, PublishReceipt } from '@waybill/outbox';

/** What a test does with a batch on its way to Kafka. */
export interface Interception {
  /** Called before the batch is sent; it may wait, or throw in place of the broker. */
  readonly before?: (batch: PublishBatch) => Promise<void> | void;
  /** Called when Kafka has acknowledged and the relay does not know it yet. */
  readonly after?: (batch: PublishBatch, receipt: PublishReceipt) => Promise<void> | void;
}

/** A publisher that lets a test stand between the relay and Kafka. */
export function intercept({ before, after }: Interception): (publisher: Publisher) => Publisher {
  return (publisher) => ({
    async publish(batch) {
      await before?.(batch);
      const receipt = await publisher.publish(batch);
      await after?.(batch, receipt);
      return receipt;
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  });
}

/** A gate that starts closed. */
export function closedGate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed };
}
