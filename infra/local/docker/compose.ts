import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalServerError, type Progress, type RunningServer } from '../local-server.ts';
import { repositoryRoot } from '../repository-root.ts';

/** A service of docker-compose.yml that can stand in for a native server. */
export type ComposeService = 'postgres' | 'kafka' | 'redis';

/** Where the containers of one run belong. */
export interface ComposeProject {
  /** Compose's project name: containers, network and volumes carry it. */
  readonly name: string;
  /** Takes the override files that move the ports. */
  readonly folder: string;
  /** `keep` the volumes for the next start, or `remove` them with the containers. */
  readonly volumes: 'keep' | 'remove';
}

const run = promisify(execFile);

/** Whether a Docker daemon answers. */
export async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['info'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

/**
 * `docker compose up -d --wait <service>` with its port moved to `port` of 127.0.0.1.
 *
 * @param url how this machine reaches it there
 * @throws LocalServerError DIED_AT_START with Docker's own words
 */
export async function startInDocker(
  service: ComposeService,
  server: Pick<RunningServer, 'name' | 'url' | 'port'>,
  project: ComposeProject,
  progress: Progress,
): Promise<RunningServer> {
  progress(`Starting ${server.name} with docker compose`);
  const override = path.join(project.folder, `docker-${service}.yml`);
  writeFileSync(override, portOverride(service, server.port));
  const files = ['-f', path.join(repositoryRoot, 'docker-compose.yml'), '-f', override];
  const compose = (...args: string[]) => run('docker', ['compose', '-p', project.name, ...files, ...args]);
  try {
    await compose('up', '-d', '--wait', service);
  } catch (cause) {
    const reason = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new LocalServerError('DIED_AT_START', `docker compose could not start ${service}: ${reason}`, {
      cause,
    });
  }
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    const ending =
      project.volumes === 'keep' ? ['stop', '-t', '5', service] : ['down', '-v', '-t', '5', service];
    stopping ??= compose(...ending).then(() => undefined);
    return stopping;
  };
  return { ...server, how: `${service} of docker-compose.yml`, stop, [Symbol.asyncDispose]: stop };
}

/**
 * Compose appends to lists of ports unless told to override. Kafka tells its clients an address, which has to be the
 * moved one.
 */
export function portOverride(service: ComposeService, port: number): string {
  const inside = { postgres: 5432, kafka: 59092, redis: 6379 }[service];
  const lines = ['services:', `  ${service}:`, `    ports: !override ['127.0.0.1:${port}:${inside}']`];
  if (service === 'kafka') {
    lines.push('    environment:');
    lines.push(`      KAFKA_ADVERTISED_LISTENERS: CONTAINERS://kafka:9092,HOST://127.0.0.1:${port}`);
  }
  return `${lines.join('\n')}\n`;
}
