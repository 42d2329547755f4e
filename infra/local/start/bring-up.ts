import { everyTopic } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { chooseServer, forcedBy } from '../choose-server.ts';
import { makeCredentials } from '../credentials.ts';
import type { LocalServer, Progress, RunningServer } from '../local-server.ts';
import { kafka, postgres, redis, type ServerKind } from '../servers.ts';
import { prepareDatabases } from './databases.ts';
import { writeEndpoints } from './endpoints.ts';
import { dataDirOf, home, logFileOf } from './home.ts';
import { endLeftovers } from './leftovers.ts';
import { portPicker } from './port-picker.ts';
import { startServices } from './services.ts';
import { startTogether } from './start-together.ts';

export interface System {
  readonly apiUrl: string;
  /** Sentences about what is not as usual. */
  readonly notes: readonly string[];
  readonly servers: readonly RunningServer[];
  readonly services: readonly LocalServer[];
}

/**
 * Brings up the whole system: servers, databases and topics, services.
 *
 * @param running takes everything that has to be ended, as soon as it has, also when this fails
 * @throws LocalServerError and what PostgreSQL, Kafka or a migration say
 */
export async function bringUp(
  running: RunningServer[],
  progress: Progress,
  signal: AbortSignal,
): Promise<System> {
  const forced = forcedBy(process.env);
  await endLeftovers(progress);
  const docker = { name: 'waybill', folder: home, volumes: 'keep' } as const;
  const ports = portPicker();
  const begin = async (kind: ServerKind, together: AbortSignal): Promise<RunningServer> => {
    const given = process.env[kind.variable] || undefined;
    const places = { dataDir: dataDirOf(kind.service), logFile: logFileOf(kind.service) };
    const options = { ...places, progress, signal: together };
    const takePort = () => ports.take(kind.name, kind.preferredPort);
    const server = await chooseServer(kind, { given, forced, docker, takePort, options });
    progress(`${kind.name} answers`);
    return server;
  };
  const starts = [postgres, kafka, redis].map((kind) => (together: AbortSignal) => begin(kind, together));
  const servers = await startTogether(starts, signal);
  running.push(...servers);
  const kafkaBrokers = urlOf(servers, kafka);
  const redisUrl = urlOf(servers, redis);

  const [databases, credentials] = await Promise.all([
    prepareDatabases(urlOf(servers, postgres), progress),
    makeCredentials(home),
    prepareTopics(kafkaBrokers, progress),
  ]);
  signal.throwIfAborted();
  progress('Starting order-api, outbox-relay, jobs and sales-projection');
  const surroundings = { databases, kafkaBrokers, redisUrl, credentials };
  const { apiUrl, running: services } = await startServices(surroundings, ports, signal);
  running.push(...services);
  writeEndpoints({ apiUrl, kafkaBrokers, redisUrl, services, databases });
  return { apiUrl, servers, services, notes: ports.notes };
}

async function prepareTopics(brokers: string, progress: Progress): Promise<void> {
  const settings = { brokers: brokers.split(','), clientId: 'npm-start', requestTimeoutMs: 10_000 };
  const silent = { debug: () => {}, info: () => {}, warn: () => {} }; // what matters is thrown
  const { created } = await ensureTopics(settings, everyTopic, silent);
  if (created.length > 0) progress(`Made the topics ${created.join(', ')}`);
}

function urlOf(servers: readonly RunningServer[], kind: ServerKind): string {
  const server = servers.find(({ name }) => name === kind.name);
  if (server === undefined) throw new Error(`${kind.name} was not started`);
  return server.url;
}
