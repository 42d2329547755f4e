import path from 'node:path';

/** One node of a cluster, broker and controller in one process. */
export interface KafkaNode {
  readonly id: number;
  readonly controllerPort: number;
  /** Every node's `id@host:controllerPort`, this one's included. */
  readonly voters: readonly string[];
  /** 22 characters of URL-safe base64 (a UUID), the same on every node. */
  readonly clusterId: string;
}

/** Where the log segments lie. */
export function logFolder(dataDir: string): string {
  return path.join(dataDir, 'data');
}

/**
 * The properties of one combined KRaft node (Kafka documentation, 3.1 and 6.8). Voters are named here and not kept in
 * the metadata log, so the ports may differ at every start.
 *
 * @param port of the listener for clients
 */
export function serverProperties(node: KafkaNode, dataDir: string, port: number): string {
  const replicas = String(Math.min(3, node.voters.length));
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': node.voters.join(','),
    listeners: `CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENT',
    'log.dirs': logFolder(dataDir),
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'default.replication.factor': replicas,
    'min.insync.replicas': node.voters.length >= 3 ? '2' : '1',
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': node.voters.length >= 3 ? '2' : '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
    // A killed broker is not taken back before its old session ends: 4 s instead of 9 (measured: 7.7 s of a restart).
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
    // A lone developer's consumer need not wait 3 s for others to join.
    'group.initial.rebalance.delay.ms': '0',
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
