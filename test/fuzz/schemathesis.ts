import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { repositoryRoot } from '../../infra/local/repository-root.ts';

const run = promisify(execFile);

/** From PyPI, exact as every other version here. */
const VERSION = '4.32.5';

/** The command, in an environment of its own under .local, made when it is first asked for (needs python3 ≥ 3.10). */
async function schemathesis(): Promise<string> {
  const folder = path.join(repositoryRoot, '.local', `schemathesis-${VERSION}`);
  const command = path.join(folder, 'bin', 'schemathesis');
  if (!existsSync(command)) {
    await run('python3', ['-m', 'venv', folder]);
    await run(path.join(folder, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
  }
  return command;
}

export interface FuzzVerdict {
  readonly passed: boolean;
  /** What schemathesis says, with a curl line for each finding. */
  readonly report: string;
}

/**
 * The document with its patterns in Python's words, whose regular expressions know no classes by name. Half surrogates
 * are left out: no text that is made up here has one.
 */
async function documentOf(apiUrl: string): Promise<string> {
  const text = await (await fetch(`${apiUrl}/openapi.json`)).text();
  const spaces = ' \\\\u00a0\\\\u1680\\\\u2000-\\\\u200a\\\\u2028\\\\u2029\\\\u202f\\\\u205f\\\\u3000';
  return text
    .replaceAll('^\\\\p{Z}*', `^[${spaces}]*`)
    .replaceAll('\\\\p{Cc}', '\\\\x00-\\\\x1f\\\\x7f-\\\\x9f')
    .replaceAll('\\\\p{Cs}', '')
    .replaceAll('\\\\p{Z}', spaces);
}

/** @param examples requests made up per operation and kind of data, at most */
export async function fuzz(apiUrl: string, token: string, examples: number): Promise<FuzzVerdict> {
  const command = await schemathesis();
  await using folder = temporaryFolder();
  const document = path.join(folder.path, 'openapi.json');
  await writeFile(document, await documentOf(apiUrl));
  const options = {
    url: apiUrl,
    header: `Authorization: Bearer ${token}`,
    phases: 'examples,coverage,fuzzing',
    'max-examples': String(examples),
    seed: '20261124',
    // Python 3.11 parses in two threads at once into a SystemError.
    workers: '1',
    'request-timeout': '10',
    'suppress-health-check': 'all',
  };
  const args = [
    `--config-file=${path.join(import.meta.dirname, 'schemathesis.toml')}`,
    'run',
    document,
    '--no-color',
    '--continue-on-failure',
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
  ];
  try {
    const { stdout } = await run(command, args, { cwd: folder.path, maxBuffer: 64 * 1024 * 1024 });
    return { passed: true, report: stdout };
  } catch (error) {
    if (!(error instanceof Error) || !('stdout' in error)) throw error;
    return { passed: false, report: `${String(error.stdout)}\n${String(Reflect.get(error, 'stderr'))}` };
  }
}
