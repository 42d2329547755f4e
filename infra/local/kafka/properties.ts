import path from 'node:path';

/** One node of a cluster, broker and controller in one process. */
export interface KafkaNode {
  readonly id: number;
  readonly controllerPort: number;
  /**
   * Of a listener for the brokers among themselves. Without it they use the clients', which one broker alone may, and
   * which must then be open to all.
   */
  readonly brokerPort?: number;
  /** Every node's `id@host:controllerPort`, this one's included. */
  readonly voters: readonly string[];
  /** 22 characters of URL-safe base64 (a UUID), the same on every node. */
  readonly clusterId: string;
}

/** How clients reach a node, where it is not by its own port and as whoever they are. */
export interface ClientAccess {
  /** The port that clients are told: of a proxy that stands in front. */
  readonly advertisedPort?: number;
  /**
   * Who may log in (SASL/PLAIN), passwords by name. The user `admin` may do everything, the others what ACLs allow,
   * which is nothing at first. Needs a listener for the brokers.
   */
  readonly users?: Readonly<Record<string, string>>;
  /** What the broker speaks beside PLAIN. Default `SCRAM-SHA-256`. */
  readonly scram?: 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
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
export function serverProperties(
  node: KafkaNode,
  dataDir: string,
  port: number,
  access: ClientAccess = {},
): string {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': node.voters.join(','),
    ...listeners(node, port, access),
    ...authorization(access),
    'log.dirs': logFolder(dataDir),
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    ...replication(node),
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

function listeners(node: KafkaNode, port: number, access: ClientAccess): Record<string, string> {
  const own = node.brokerPort === undefined ? [] : [`BROKER://127.0.0.1:${node.brokerPort}`];
  return {
    listeners: [`CLIENT://127.0.0.1:${port}`, ...own, `CONTROLLER://127.0.0.1:${node.controllerPort}`].join(
      ',',
    ),
    'advertised.listeners': [`CLIENT://127.0.0.1:${access.advertisedPort ?? port}`, ...own].join(','),
    'listener.security.protocol.map': [
      `CLIENT:${access.users === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT'}`,
      'BROKER:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': own.length === 0 ? 'CLIENT' : 'BROKER',
  };
}

/** Whoever comes by a listener without login (`ANONYMOUS`) is a broker or a controller: clients have none such. */
function authorization({ users, scram = 'SCRAM-SHA-256' }: ClientAccess): Record<string, string> {
  if (users === undefined) return {};
  const logins = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  return {
    'listener.name.client.sasl.enabled.mechanisms': `PLAIN,${scram}`,
    'listener.name.client.plain.sasl.jaas.config': `${login} required ${logins.join(' ')};`,
    // Its users are kept in the metadata log, where AlterUserScramCredentials puts them.
    [`listener.name.client.${scram.toLowerCase()}.sasl.jaas.config`]:
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin;User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'false',
  };
}

function replication({ voters }: KafkaNode): Record<string, string> {
  const replicas = String(Math.min(3, voters.length));
  const needed = voters.length >= 3 ? '2' : '1';
  return {
    'default.replication.factor': replicas,
    'min.insync.replicas': needed,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': needed,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
  };
}
