/** What a unit of work hands to the outbox. The payload is final: Kafka gets exactly these bytes (UTF-8). */
export interface OutboxEvent {
  /** A topic that a migration has added with `outbox_add_topic`. */
  readonly topic: string;
  /** The aggregate's id. Orders events and picks the partition. At most 255 bytes. */
  readonly key: string;
  /** 1, 2, 3 … per key, without a gap, set by the domain. */
  readonly version: number;
  /** CloudEvents `type`, for example `waybill.order.placed.v1`. */
  readonly type: string;
  readonly payload: string;
  /** Kafka headers without those that the relay stamps at send (`ce_epoch`, `ce_replayed`). */
  readonly headers: Readonly<Record<string, string>>;
}
