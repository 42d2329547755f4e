import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { pidFileOf, startChildServer } from '../child-server.ts';
import { endLeftover } from '../leftover.ts';
import { type LocalServer, LocalServerError, type StartOptions } from '../local-server.ts';
import { linkTarget, movedPlace } from '../shared-folder.ts';
import { canReach, type HostUser, userForPostgres } from '../unprivileged-user.ts';
import { type PostgresBinaries, postgresBinaries } from './binaries.ts';
import { dataDirectoryOf } from './probe.ts';
import { mendStaleLock } from './stale-lock.ts';

/** The local superuser; the password is the name, as for every local role. It listens on 127.0.0.1 alone. */
const superuser = 'postgres';

/** Fast shutdown (PostgreSQL manual, 18.5): ends sessions at once and still writes its checkpoint. */
const ending = { stopSignal: 'SIGINT', limitMs: 6_000 } as const;

type Durability = 'disk' | 'process';

export interface PostgresOptions extends StartOptions {
  /**
   * `disk` survives a power cut. `process` survives the death of every process but not that of the machine, and
   * makes tests faster. Default `disk`.
   */
  readonly durability?: Durability;
  /** In MB. Default: PostgreSQL's own, 128. */
  readonly sharedBuffersMegabytes?: number;
}

/**
 * Starts PostgreSQL 18 from npm's binaries, with the cluster in `dataDir` made at the first start.
 *
 * @throws LocalServerError
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalServer> {
  const { dataDir, port, progress, durability = 'disk' } = options;
  const user = userForPostgres();
  const binaries = postgresBinaries(user);
  mkdirSync(dataDir, { recursive: true });
  // Before the data is looked at: what a killed run left behind may still be writing there.
  await endLeftover(pidFileOf({ runDir: dataDir, name: 'PostgreSQL' }), 'PostgreSQL', ending, progress);
  const cluster = clusterFolder(dataDir, user);
  if (!existsSync(path.join(cluster, 'PG_VERSION'))) {
    progress('Making the PostgreSQL cluster');
    await makeCluster(binaries, cluster, user, durability);
  }
  mendStaleLock(cluster, progress);
  const url = `postgres://${superuser}:${superuser}@127.0.0.1:${port}/postgres`;
  return startChildServer({
    name: 'PostgreSQL',
    how: `PostgreSQL ${binaries.version} from npm`,
    url,
    port,
    command: binaries.postgres,
    args: ['-D', cluster, ...settings({ ...options, durability })],
    env: serverEnv(),
    user,
    runDir: dataDir,
    logFile: options.logFile ?? path.join(dataDir, 'postgresql.log'),
    ending,
    readyWithinMs: 60_000, // recovery after a kill under load may take a while
    answers: async () => (await dataDirectoryOf(url)) === cluster,
    signal: options.signal,
  });
}

function settings({ port, durability, sharedBuffersMegabytes }: PostgresOptions): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    track_commit_timestamp: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
    ...(durability === 'disk'
      ? { fsync: 'on', full_page_writes: 'on' }
      : { fsync: 'off', full_page_writes: 'off' }),
    ...(sharedBuffersMegabytes !== undefined && { shared_buffers: `${sharedBuffersMegabytes}MB` }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** PG* variables and the locale of whoever starts it must not leak into the cluster. */
function serverEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

function clusterFolder(dataDir: string, user: HostUser | undefined): string {
  const ownPlace = path.join(dataDir, 'data');
  const isMoved = linkTarget(ownPlace) !== undefined;
  return user !== undefined && (isMoved || !canReach(user, dataDir)) ? movedPlace(ownPlace) : ownPlace;
}

const making = 'making-';

/** Made beside its place and renamed, so that a start killed half way leaves no half cluster. */
async function makeCluster(
  binaries: PostgresBinaries,
  cluster: string,
  user: HostUser | undefined,
  durability: Durability,
): Promise<void> {
  const folder = path.dirname(cluster);
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(making))) {
    rmSync(path.join(folder, name), { recursive: true, force: true }); // of a start that was killed
  }
  const staging = mkdtempSync(path.join(folder, making));
  try {
    const passwordFile = path.join(staging, 'password');
    writeFileSync(passwordFile, `${superuser}\n`, { mode: 0o600 });
    if (user !== undefined) for (const file of [staging, passwordFile]) chownSync(file, user.uid, user.gid);
    const made = path.join(staging, 'data');
    const args = ['-D', made, '-U', superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const locale = [
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-locale',
    ];
    const sync = durability === 'disk' ? [] : ['--no-sync'];
    await promisify(execFile)(binaries.initdb, [...args, ...locale, ...sync], {
      env: serverEnv(),
      cwd: '/',
      ...user,
    });
    renameSync(made, cluster);
  } catch (cause) {
    const reason = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new LocalServerError('DIED_AT_START', `initdb could not make a cluster in ${cluster}: ${reason}`, {
      cause,
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
