import { createRequire } from 'node:module';

/** kafkajs' own modules, which have no types: the patch is tested where it acts. */
const load = createRequire(import.meta.url);

export interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  readonly leader: number;
}

export interface Metadata {
  readonly brokers: readonly { readonly nodeId: number }[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly PartitionMetadata[];
  }[];
}

export interface MetadataResponse {
  decode(payload: Buffer): Promise<unknown>;
  parse(decoded: unknown): Promise<Metadata>;
}

/** @param folder of a kafkajs; default: the installed one */
export function metadataResponse(version: number, folder = 'kafkajs'): MetadataResponse {
  return load(`${folder}/src/protocol/requests/metadata/v${version}/response.js`);
}

export interface Cluster {
  readonly brokerPool: { metadata: Metadata | null };
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
}

export function clusterWith(metadata: Metadata): Cluster {
  const ClusterClass: new (options: object) => Cluster = load('kafkajs/src/cluster/index.js');
  const loggers: { createLogger(options: object): object } = load('kafkajs/src/loggers/index.js');
  const logger = loggers.createLogger({ logCreator: () => () => {} });
  const cluster = new ClusterClass({ logger, brokers: ['127.0.0.1:1'], offsets: new Map() });
  cluster.brokerPool.metadata = metadata;
  return cluster;
}

export interface QueuedRequest {
  readonly entry: {
    readonly apiName: string;
    readonly correlationId: number;
    resolve(value: unknown): void;
    reject(error: unknown): void;
  };
  readonly expectResponse: boolean;
  readonly isAbandoned?: (() => boolean) | undefined;
  sendRequest(): void;
}

export interface RequestQueue {
  push(request: QueuedRequest): void;
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
  maybeThrottle(ms: number): void;
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
}

/** @param folder of a kafkajs; default: the installed one */
export function requestQueue(
  requestTimeoutMs: number,
  folder = 'kafkajs',
  debug: (message: string) => void = () => {},
): RequestQueue {
  const Queue: new (options: object) => RequestQueue = load(`${folder}/src/network/requestQueue/index.js`);
  const ignore = (): void => {};
  return new Queue({
    maxInFlightRequests: null,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'test',
    logger: { debug, warn: ignore },
  });
}

export interface Connection {
  readonly requestQueue: RequestQueue;
  connect(): Promise<unknown>;
  send(what: { readonly request: object; readonly response: object }): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

/** A connection to a port of this machine, on which a request for nothing can be sent. */
export function connectionTo(port: number): Connection {
  const ConnectionClass: new (options: object) => Connection = load('kafkajs/src/network/connection.js');
  const socketFactory: () => object = load('kafkajs/src/network/socketFactory.js');
  const loggers: { createLogger(options: object): object } = load('kafkajs/src/loggers/index.js');
  const logger = loggers.createLogger({ logCreator: () => () => {} });
  return new ConnectionClass({
    host: '127.0.0.1',
    port,
    logger,
    socketFactory: socketFactory(),
    requestTimeout: 10_000,
    connectionTimeout: 1_000,
  });
}

/** @param text is what the request holds */
export function requestWith(text: string, isAbandoned: () => boolean): object {
  const Encoder: new () => { writeString(text: string): object } = load('kafkajs/src/protocol/encoder.js');
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    isAbandoned,
    expectResponse: () => false,
    encode: async () => new Encoder().writeString(text),
  };
}

export interface ProtocolErrors {
  readonly createErrorFromCode: (code: number) => Error;
  readonly errorCodes: readonly { readonly code: number; readonly retriable: boolean }[];
}

export function protocolErrors(): ProtocolErrors {
  return load('kafkajs/src/protocol/error.js');
}
