import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { pythonPackages } from '../../infra/local/python-packages.ts';
import { repositoryRoot } from '../../infra/local/repository-root.ts';

/** Whether this machine can run the example: Python 3.9 or later with pip. */
export async function hasPython(): Promise<boolean> {
  try {
    await promisify(execFile)('python3', ['-c', 'import sys, pip; sys.exit(sys.version_info < (3, 9))']);
    return true;
  } catch {
    return false; // there is none, or an older one: the test says why it is skipped
  }
}

const folder = path.join(repositoryRoot, 'examples/python-consumer');

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Fetches what the example requires and returns a way to run its consumer. */
export async function pythonConsumer(): Promise<(...args: readonly string[]) => Promise<Ended>> {
  const requirements = path.join(folder, 'requirements.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const packages = await pythonPackages(
    {
      what: 'the Kafka client of the Python example',
      folder: `python-consumer-${digest}`,
      requirements: ['--require-hashes', '-r', requirements],
    },
    (line) => process.stderr.write(`${line}\n`),
  );
  return async (...args) => {
    const child = spawn('python3', [path.join(folder, 'consumer.py'), ...args], {
      env: { PATH: process.env['PATH'], PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
    });
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (output.out += String(chunk)));
    child.stderr.on('data', (chunk) => (output.err += String(chunk)));
    const [code] = await once(child, 'close');
    return { ...output, code: Number(code) };
  };
}
