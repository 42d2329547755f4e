import { expect, it } from 'vitest';
import type { LocalServer } from '../local-server.ts';
import { shutDown } from './shutdown.ts';

/** A process that takes `ms` to end, or until it is killed. */
function slow(name: string, ms: number, ended: string[]): LocalServer {
  let end: (how: string) => void = () => {};
  const exited = new Promise<string>((resolve) => {
    end = resolve;
  });
  const stop = async (): Promise<void> => {
    setTimeout(() => end('ended'), ms);
    ended.push(`${name} ${await exited}`);
  };
  const signal = (): void => end('killed');
  const rest = { pid: 1, url: '', port: 1, how: '', logFile: '' };
  return { name, ...rest, exited, signal, stop, [Symbol.asyncDispose]: stop };
}

it('ends each before what it needs, whatever the order in which they were started', async () => {
  const ended: string[] = [];
  const names = ['PostgreSQL', 'Kafka', 'Redis', 'sales-projection', 'jobs', 'outbox-relay', 'order-api'];
  await shutDown(
    names.map((name) => slow(name, 1, ended)),
    9_500,
    () => {},
  );
  const order = ['order-api', 'outbox-relay', 'jobs', 'sales-projection', 'Kafka', 'Redis', 'PostgreSQL'];
  expect(ended).toEqual(order.map((name) => `${name} ended`));
});

it('kills one that hangs early enough for those after it to end in good order', async () => {
  const ended: string[] = [];
  const started = performance.now();
  const servers = [
    slow('outbox-relay', 60_000, ended),
    slow('Kafka', 100, ended),
    slow('PostgreSQL', 100, ended),
  ];
  await shutDown(servers, 4_500, () => {});
  expect(ended).toEqual(['outbox-relay killed', 'Kafka ended', 'PostgreSQL ended']);
  expect(performance.now() - started).toBeLessThan(4_500);
});

it('goes on when one cannot be ended', async () => {
  const ended: string[] = [];
  const stop = () => Promise.reject(new Error('docker is gone'));
  const container = { name: 'Kafka', url: '', port: 1, how: '', stop, [Symbol.asyncDispose]: stop };
  const lines: string[] = [];
  await shutDown([container, slow('PostgreSQL', 1, ended)], 9_500, (line) => lines.push(line));
  expect(ended).toEqual(['PostgreSQL ended']);
  expect(lines[0]).toContain('Kafka could not be ended (docker is gone)');
});
