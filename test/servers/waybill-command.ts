import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repositoryRoot } from '../../infra/local/repository-root.ts';

export interface WaybillProcess extends AsyncDisposable {
  /** What it has written until now. */
  readonly output: { readonly out: string; readonly err: string };
  /** Its exit code with all that it has written. */
  readonly ended: Promise<{ readonly code: unknown; readonly out: string; readonly err: string }>;
  signal(signal: NodeJS.Signals): void;
  /** Reads no more of what it writes, as a reader that goes away. */
  hangUp(): void;
}

/** The command as `npx waybill` runs it, a process of its own, told of nothing but `env`. */
export function startWaybill(args: readonly string[], env: Readonly<Record<string, string>>): WaybillProcess {
  const main = path.join(repositoryRoot, 'services/ops/src/main.ts');
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output.out += String(chunk)));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (output.err += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
  return {
    output,
    ended,
    signal: (signal) => child.kill(signal),
    hangUp: () => child.stdout.destroy(),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
