/** How to reach the cluster. */
export interface KafkaSettings {
  /** `host:port` of at least one broker; the others are learned from it. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Longest wait for one answer, in ms. */
  readonly requestTimeoutMs: number;
  /** Who the client is. Default: nobody, for listeners that ask for no name. */
  readonly sasl?: SaslCredentials;
  /** Encrypted connections. Default: plain ones, over which PLAIN shows its password to the network. */
  readonly tls?: TlsSettings;
}

/** Name and password, and how the broker is shown them (RFC 4616; RFC 5802 and 7677). */
export interface SaslCredentials {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface TlsSettings {
  /** PEM of the authorities that may have signed the brokers' certificates. Default: those that Node trusts. */
  readonly ca?: string;
}
