import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { freePort, isFree, portFrom } from './ports.ts';

const open: Server[] = [];

async function occupy(port: number): Promise<void> {
  const server = createServer();
  open.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

it('sees who listens', async () => {
  const port = await freePort();
  expect(await isFree(port)).toBe(true);
  await occupy(port);
  expect(await isFree(port)).toBe(false);
});

it('goes on to the next port when one is taken, and hands none out twice', async () => {
  const port = await freePort();
  const wanted = port + 1;
  await occupy(wanted);
  const taken = await Promise.all([portFrom(wanted), portFrom(wanted), portFrom(wanted)]);
  expect(new Set(taken).size).toBe(3);
  expect(Math.min(...taken)).toBeGreaterThan(wanted);
});

it('hands out different free ports below the range of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});
