import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pidFileOf, startChildServer } from '../child-server.ts';
import { endLeftover } from '../leftover.ts';
import { type LocalServer, LocalServerError, type Progress, type StartOptions } from '../local-server.ts';
import { dependencyPlugin, fetchWithMaven } from '../maven.ts';
import { freePort } from '../ports.ts';
import { findJava } from './java.ts';
import { askCluster } from './probe.ts';
import { type ClientAccess, type KafkaNode, logFolder, serverProperties } from './properties.ts';

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Kafka flushes its segments and leaves its group coordinator in 1–2 s. */
const ending = { stopSignal: 'SIGTERM', limitMs: 6_000 } as const;

export interface KafkaOptions extends StartOptions {
  /** Of a cluster with more nodes. Default: one node that is all of its cluster. */
  readonly node?: KafkaNode;
  /** Default: everybody, by the port that it listens on. */
  readonly access?: ClientAccess;
}

/**
 * Starts one Apache Kafka 4.4 node in KRaft mode, with its storage in `dataDir` formatted at the first start.
 * Resolves when the node takes requests as an unfenced broker.
 *
 * @throws LocalServerError
 */
export async function startKafka(options: KafkaOptions): Promise<LocalServer> {
  const { dataDir, port, progress } = options;
  const { java, jars } = await prepareKafka(progress, options.signal);
  mkdirSync(dataDir, { recursive: true });
  await endLeftover(pidFileOf({ runDir: dataDir, name: 'Kafka' }), 'Kafka', ending, progress);
  const { access = {} } = options;
  const node = options.node ?? (await loneNode(dataDir, access));
  const properties = path.join(dataDir, 'server.properties');
  writeFileSync(properties, serverProperties(node, dataDir, port, access));
  await formatOnce(java, jars, node, properties, dataDir, progress);
  const url = `127.0.0.1:${port}`;
  // Where nobody has to log in.
  const asked = node.brokerPort === undefined ? url : `127.0.0.1:${node.brokerPort}`;
  return startChildServer({
    name: 'Kafka',
    how: `Apache Kafka ${versionOf(jars)} from Maven Central`,
    url,
    port,
    command: java,
    args: [...javaArguments(jars), '-Xms128m', '-Xmx384m', 'kafka.Kafka', properties],
    env: process.env,
    user: undefined,
    runDir: dataDir,
    logFile: options.logFile ?? path.join(dataDir, 'kafka.log'),
    ending,
    readyWithinMs: 90_000, // after a kill it reads its unclosed segments again
    answers: async () => {
      const answer = await askCluster(asked);
      return answer.clusterId === node.clusterId && answer.brokerIds.includes(node.id);
    },
    signal: options.signal,
  });
}

/**
 * Java, and the jars of Kafka and of what it logs with, which are fetched once.
 *
 * @throws LocalServerError MISSING_TOOL, DOWNLOAD_FAILED
 */
export async function prepareKafka(
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<{ java: string; jars: string }> {
  const java = findJava();
  const goal = (folder: string) => [`${dependencyPlugin}:copy-dependencies`, `-DoutputDirectory=${folder}`];
  return {
    java,
    jars: await fetchWithMaven({ name: 'kafka', pom: beside('pom.xml'), goal }, progress, signal),
  };
}

function versionOf(jars: string): string {
  const pom = readFileSync(beside('pom.xml'), 'utf8');
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1];
  if (version === undefined || !existsSync(path.join(jars, `kafka_2.13-${version}.jar`))) {
    throw new LocalServerError('DOWNLOAD_FAILED', `${jars} is incomplete: remove it and start again`);
  }
  return version;
}

function javaArguments(jars: string): string[] {
  return [
    '-cp',
    `${jars}/*`,
    `-Dlog4j2.configurationFile=${beside('log4j2.properties')}`,
    '-XX:+UseSerialGC',
  ];
}

async function loneNode(dataDir: string, access: ClientAccess): Promise<KafkaNode> {
  const controllerPort = await freePort();
  return {
    id: 1,
    controllerPort,
    ...(access.users === undefined ? {} : { brokerPort: await freePort() }),
    voters: [`1@127.0.0.1:${controllerPort}`],
    clusterId: clusterIdIn(dataDir),
  };
}

/** The id of the cluster whose data lies here, made when there is none. */
export function clusterIdIn(dataDir: string): string {
  const file = path.join(dataDir, 'cluster-id');
  // A UUID as Kafka writes it; its own generator avoids a leading dash, which its command line would read as a flag.
  if (!existsSync(file)) writeFileSync(file, `A${randomBytes(16).toString('base64url').slice(1)}\n`);
  return readFileSync(file, 'utf8').trim();
}

/** `kafka.tools.StorageTool format`, marked as done only after it is, so that a start killed half way is mended. */
async function formatOnce(
  java: string,
  jars: string,
  node: KafkaNode,
  properties: string,
  dataDir: string,
  progress: Progress,
): Promise<void> {
  const mark = path.join(dataDir, 'formatted');
  if (existsSync(mark)) return;
  progress('Formatting Kafka’s storage');
  rmSync(logFolder(dataDir), { recursive: true, force: true });
  const tool = ['kafka.tools.StorageTool', 'format', '-t', node.clusterId, '-c', properties];
  try {
    await promisify(execFile)(java, [...javaArguments(jars), ...tool]);
  } catch (cause) {
    const reason = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new LocalServerError('DIED_AT_START', `Kafka could not format ${logFolder(dataDir)}: ${reason}`, {
      cause,
    });
  }
  writeFileSync(mark, '');
}
