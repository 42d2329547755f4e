import { setTimeout as delay } from 'node:timers/promises';
import { type ComposeProject, dockerAnswers, startInDocker } from './docker/compose.ts';
import { LocalServerError, type RunningServer, type StartOptions } from './local-server.ts';
import { isFree } from './ports.ts';
import type { ServerKind } from './servers.ts';

/** `WAYBILL_SERVERS`; without it the first way that works is taken. */
export type Forced = 'native' | 'docker' | undefined;

/** @throws LocalServerError NO_WAY for another word */
export function forcedBy(env: NodeJS.ProcessEnv): Forced {
  const value = env['WAYBILL_SERVERS'];
  if (value === undefined || value === '') return undefined;
  if (value === 'native' || value === 'docker') return value;
  throw new LocalServerError('NO_WAY', `WAYBILL_SERVERS is "${value}": it may be native or docker`);
}

export interface Choice {
  /** Of a server that runs already; undefined: start one. */
  readonly given: string | undefined;
  readonly forced: Forced;
  readonly docker: ComposeProject;
  /** Called when everything that has to be fetched is there: a port may be taken while that goes on. */
  readonly takePort: () => Promise<number>;
  readonly options: Omit<StartOptions, 'port'>;
}

/**
 * In this order: the server that was given, a native one if it runs here, one in Docker if that answers.
 *
 * @throws LocalServerError naming both ways out when there is none
 */
export async function chooseServer(kind: ServerKind, choice: Choice): Promise<RunningServer> {
  const { given, forced, docker, takePort, options } = choice;
  if (given !== undefined) return givenServer(kind, given);
  const why = forced === 'docker' ? undefined : await whyNotNative(kind, options);
  if (forced !== 'docker' && why === undefined) return startNative(kind, choice);
  if (forced === 'native') throw why;
  if (!(await dockerAnswers())) throw noWay(kind, why);
  const port = await takePort();
  const server = { name: kind.name, url: kind.urlAt(port), port };
  const running = await startInDocker(kind.service, server, docker, options.progress);
  await untilAnswered(kind, running);
  return running;
}

/** Once more with another port when somebody took the first one between the look and the start. */
async function startNative(kind: ServerKind, { takePort, options }: Choice): Promise<RunningServer> {
  const port = await takePort();
  try {
    return await kind.startNative({ ...options, port });
  } catch (error) {
    const died = error instanceof LocalServerError && error.code === 'DIED_AT_START';
    if (!died || (await isFree(port))) throw error;
    options.progress(`Port ${port} was taken while ${kind.name} started: trying another`);
    return kind.startNative({ ...options, port: await takePort() });
  }
}

async function whyNotNative(
  kind: ServerKind,
  options: Choice['options'],
): Promise<LocalServerError | undefined> {
  try {
    await kind.prepareNative(options);
    return undefined;
  } catch (error) {
    if (error instanceof LocalServerError) return error;
    throw error;
  }
}

function noWay(kind: ServerKind, cause: LocalServerError | undefined): LocalServerError {
  const docker = `start Docker (docker info fails here), or set ${kind.variable} to one that runs`;
  const reason =
    cause === undefined
      ? `WAYBILL_SERVERS asks for ${kind.name} in Docker, which does not answer: ${docker}`
      : `${kind.name} cannot be started here: ${cause.message}; or ${docker}`;
  return new LocalServerError('NO_WAY', reason, { cause });
}

async function givenServer(kind: ServerKind, url: string): Promise<RunningServer> {
  try {
    await kind.ask(url);
  } catch (cause) {
    throw new LocalServerError('NO_ANSWER', `${kind.variable} is set, but no ${kind.name} answers there`, {
      cause,
    });
  }
  const nothing = async (): Promise<void> => {}; // who started it ends it
  const how = `given by ${kind.variable}`;
  return { name: kind.name, url, port: portOf(url), how, stop: nothing, [Symbol.asyncDispose]: nothing };
}

function portOf(url: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(url)?.[1] ?? 0);
}

/** Compose waits for the health check inside the container; the published port may be a moment later. */
async function untilAnswered(kind: ServerKind, server: RunningServer): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await kind.ask(server.url);
      return;
    } catch (cause) {
      if (performance.now() > deadline) {
        await server.stop();
        throw new LocalServerError('NO_ANSWER', `${kind.name} in Docker does not answer at its port`, {
          cause,
        });
      }
      await delay(200);
    }
  }
}
