/** How to reach the cluster. */
export interface KafkaSettings {
  /** `host:port` of at least one broker; the others are learned from it. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Longest wait for one answer, in ms. */
  readonly requestTimeoutMs: number;
}
