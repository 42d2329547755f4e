import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { LocalServer, Progress } from '../local-server.ts';
import { freePort } from '../ports.ts';
import type { ClientAccess, KafkaNode } from './properties.ts';
import { clusterIdIn, startKafka } from './start.ts';

export interface ClusterOptions {
  /** Absolute; every node has a folder in it. */
  readonly dataDir: string;
  readonly progress: Progress;
  /** For clients, the first node's first. Default: free ones. */
  readonly ports?: readonly number[];
  /** Per node, the first one's first. Default: everybody, by the ports that they listen on. */
  readonly access?: readonly ClientAccess[];
}

/** Three brokers with three controllers: every topic has three replicas and wants two of them in sync. */
export interface KafkaCluster extends AsyncDisposable {
  /** `host:port` of every node, by the ports that they listen on. */
  readonly brokers: readonly string[];
  /** Node ids, 1 to 3. */
  readonly ids: readonly number[];
  /** The process that runs as this node, or ran last. @throws RangeError when there is no such node */
  node(id: number): LocalServer;
  /** Kills a node as `kill -9` does, and waits until it is gone. */
  kill(id: number): Promise<void>;
  /** Ends a node in good order: it hands its leaderships over first. */
  stop(id: number): Promise<void>;
  /** Starts a node again on its ports and data, after it was killed or stopped; resolves when it takes requests. */
  start(id: number): Promise<void>;
}

const ids = [1, 2, 3];

/**
 * Starts three combined nodes at once: a controller alone has no quorum, and a broker without one never answers. About
 * 12 s and 900 MB on two cores.
 *
 * @throws LocalServerError
 */
export async function startKafkaCluster(options: ClusterOptions): Promise<KafkaCluster> {
  const { dataDir, progress, access = [], ports = [] } = options;
  mkdirSync(dataDir, { recursive: true });
  const controllerPorts = await Promise.all(ids.map(() => freePort()));
  const voters = ids.map((id, at) => `${id}@127.0.0.1:${controllerPorts[at]}`);
  const clusterId = clusterIdIn(dataDir);
  const starters = await Promise.all(
    ids.map(async (id, at) => {
      const controllerPort = controllerPorts[at] ?? 0;
      const node: KafkaNode = { id, controllerPort, brokerPort: await freePort(), voters, clusterId };
      const folder = path.join(dataDir, `node-${id}`);
      const port = ports[at] ?? (await freePort());
      return () => startKafka({ dataDir: folder, port, progress, node, access: access[at] ?? {} });
    }),
  );
  const outcomes = await Promise.allSettled(starters.map((start) => start()));
  const nodes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failed.length > 0) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw failed[0];
  }
  return clusterOf(nodes, starters);
}

function clusterOf(nodes: LocalServer[], starters: readonly (() => Promise<LocalServer>)[]): KafkaCluster {
  const node = (id: number): LocalServer => {
    const found = nodes[id - 1];
    if (found === undefined) throw new RangeError(`there is no node ${id}`);
    return found;
  };
  return {
    brokers: nodes.map(({ url }) => url),
    ids,
    node,
    async kill(id) {
      node(id).signal('SIGKILL');
      await node(id).exited;
    },
    stop: (id) => node(id).stop(),
    async start(id) {
      const started = await starters[id - 1]?.();
      if (started === undefined) throw new RangeError(`there is no node ${id}`);
      nodes[id - 1] = started;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((one) => one.stop()));
    },
  };
}
