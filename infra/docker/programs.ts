import { spawnSync } from 'node:child_process';
import { repositoryRoot } from '../local/repository-root.ts';
import { serviceArgs } from '../local/service-command.ts';

/** What a container may start. Without settings each loads everything that it needs, says so and ends. */
export interface Program {
  readonly name: string;
  /** Node's. */
  readonly args: readonly string[];
  /** What it says then. Anything else is a program that could not be loaded. */
  readonly lastWords: string;
}

const invalid = 'settings-invalid';

/** Loaded once the settings name a collector. */
export const openTracing = './packages/service-host/src/open-tracing.ts';
const traced = (service: string): string[] => ['--import', openTracing, ...serviceArgs(service)];
/** The client for Kafka is loaded once the settings tell which. */
const relayWith = (client: string): string[] => ['--import', client, ...traced('outbox-relay')];

export const programs: readonly Program[] = [
  { name: 'order-api', args: traced('order-api'), lastWords: invalid },
  { name: 'outbox-relay', args: relayWith('@waybill/kafka'), lastWords: invalid },
  {
    name: 'outbox-relay, @platformatic/kafka',
    args: relayWith('@waybill/kafka/platformatic/publisher'),
    lastWords: invalid,
  },
  { name: 'jobs', args: serviceArgs('jobs'), lastWords: invalid },
  { name: 'sales-projection', args: traced('sales-projection'), lastWords: invalid },
  { name: 'ops', args: serviceArgs('ops'), lastWords: 'Usage: waybill' },
  { name: 'prepare', args: ['infra/docker/prepare.ts'], lastWords: invalid },
  { name: 'healthcheck', args: ['infra/docker/healthcheck.ts'], lastWords: 'MANAGEMENT_PORT is not set' },
];

/** For one program in ms. */
const limitMs = 60_000;

/**
 * @param compileCache the folder of Node's compile cache
 * @param before arguments of Node that come first
 * @returns what the program wrote
 * @throws Error when it did not end by itself, or in another way than for want of settings
 */
export function startWithoutSettings(
  { name, args, lastWords }: Program,
  compileCache: string,
  before: readonly string[] = [],
): string {
  const { error, stdout, stderr } = spawnSync(process.execPath, [...before, ...args], {
    cwd: repositoryRoot,
    // In production no secret has a default.
    env: { NODE_COMPILE_CACHE: compileCache, WAYBILL_ENV: 'production' },
    encoding: 'utf8',
    timeout: limitMs,
  });
  if (error !== undefined) throw error;
  const written = stdout + stderr;
  if (!written.includes(lastWords)) throw new Error(`${name} was not loaded: ${written}`);
  return written;
}
