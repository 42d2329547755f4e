/** An event of one aggregate as a consumer received it, already checked against its contract. */
export interface InboxEvent {
  readonly topic: string;
  /** The aggregate's id. */
  readonly key: string;
  /** 1, 2, 3 … per key, across all topics of the aggregate. */
  readonly version: number;
  /** How many times the source was restored from a copy; 0 at first. */
  readonly epoch: number;
  /** Exactly the text that came: what two deliveries of one event are compared by. */
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}
