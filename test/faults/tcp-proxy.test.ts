// Long because every mode is tried on the same server and clients.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { correlationIdOf, FrameCutter, readyForQuery } from './frames.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let server: Server;
let received: string[];
let serverSockets: Socket[];
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  received = [];
  serverSockets = [];
  server = createServer((socket) => {
    serverSockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      received.push(String(chunk));
      socket.write(`echo ${String(chunk)}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy({ target: `127.0.0.1:${portOf(server)}` });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy[Symbol.asyncDispose]();
  for (const socket of serverSockets) socket.destroy();
  server.close();
});

function portOf(listening: Server): number {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface Talk {
  readonly socket: Socket;
  /** Everything that was answered so far. */
  readonly text: () => string;
  /** The error's code, `closed` for a goodbye, undefined while it is open. */
  readonly ending: () => string | undefined;
}

async function talk(): Promise<Talk> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  let text = '';
  let ending: string | undefined;
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', (error) => {
    ending = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('close', () => {
    ending ??= 'closed';
  });
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return { socket, text: () => text, ending: () => ending };
}

/** Whether a second, undisturbed round trip through another proxy has happened: time enough for what should not come. */
async function roundTrip(): Promise<void> {
  await using other = await startTcpProxy({ target: `127.0.0.1:${portOf(server)}` });
  const socket = connect(other.port, '127.0.0.1');
  socket.write('around');
  await once(socket, 'data');
  socket.destroy();
}

it('passes both ways, and a goodbye too', async () => {
  const { socket, text, ending } = await talk();
  socket.write('a');
  await expect.poll(text).toBe('echo a');
  for (const one of serverSockets) one.end();
  await expect.poll(ending).toBe('closed');
});

it('delays without changing the order, also when the delay is lifted', async () => {
  const { socket, text } = await talk();
  await proxy.setMode({ kind: 'latency', ms: 100 });
  const started = performance.now();
  socket.write('a');
  await expect.poll(() => received).toEqual(['a']);
  await proxy.setMode({ kind: 'pass' });
  socket.write('b');
  await expect.poll(text).toBe('echo aecho b');
  expect(performance.now() - started).toBeGreaterThan(90);
});

it('cuts with a reset, and accepts again', async () => {
  const { socket, ending, text } = await talk();
  socket.write('a');
  await expect.poll(text).toBe('echo a');
  proxy.cut();
  await expect.poll(ending).toBe('ECONNRESET');
  expect((await talk()).ending()).toBeUndefined();
});

it('refuses new connections and keeps those that are there', async () => {
  const { socket, text } = await talk();
  await proxy.setMode({ kind: 'refuse' });
  expect((await talk()).ending()).toBe('ECONNREFUSED');
  socket.write('a');
  await expect.poll(text).toBe('echo a');
  await proxy.setMode({ kind: 'pass' });
  expect((await talk()).ending()).toBeUndefined();
});

it('swallows both ways in a black hole, without a goodbye', async () => {
  const { socket, text, ending } = await talk();
  await proxy.setMode({ kind: 'black hole' });
  const late = await talk();
  socket.write('lost');
  late.socket.write('lost');
  for (const one of serverSockets) one.write('lost too');
  for (const one of serverSockets) one.end();
  await roundTrip();
  expect(received).toEqual(['around']);
  expect([text(), late.text(), ending(), late.ending()]).toEqual(['', '', undefined, undefined]);
});

it('leaves a client half open when the server’s end is gone', async () => {
  const { socket, text, ending } = await talk();
  socket.write('a');
  await expect.poll(text).toBe('echo a');
  await proxy.setMode({ kind: 'half open' });
  await expect.poll(() => serverSockets[0]?.destroyed).toBe(true);
  socket.write('b');
  await roundTrip();
  expect([received, text(), ending()]).toEqual([['a', 'around'], 'echo a', undefined]);
});

it('resets in the middle of an answer', async () => {
  const { socket, text, ending } = await talk();
  await proxy.setMode({ kind: 'reset in answer', afterBytes: 8 });
  socket.write('a');
  await expect.poll(text).toBe('echo a');
  socket.write('b');
  await expect.poll(ending).toBe('ECONNRESET');
  expect(received).toEqual(['a', 'b']);
});

it('swallows the answer to a statement until the server is ready for the next one, and resets then', async () => {
  const { socket, text, ending } = await talk();
  await proxy.setMode({ kind: 'lose commit answers', of: 'advance' });
  socket.write('other');
  await expect.poll(text).toBe('echo other');
  socket.write('advance, and');
  await expect.poll(() => received).toEqual(['other', 'advance, and']);
  await roundTrip();
  expect([text(), ending(), proxy.lostAnswers]).toEqual(['echo other', undefined, 0]);
  socket.write(readyForQuery);
  await expect.poll(ending).toBe('ECONNRESET');
  expect([text(), proxy.lostAnswers]).toEqual(['echo other', 1]);
  const next = await talk();
  next.socket.write('other');
  await expect.poll(next.text).toBe('echo other');
});

it('can treat one connection apart from the others', async () => {
  const first = await talk();
  const second = await talk();
  await expect.poll(() => proxy.connections.length).toBe(2);
  proxy.connections[0]?.setMode({ kind: 'black hole' });
  first.socket.write('lost');
  second.socket.write('b');
  await expect.poll(second.text).toBe('echo b');
  expect([received, first.text()]).toEqual([['b'], '']);
});

describe('between a Kafka client and its broker', () => {
  const produce = 0;
  const metadata = 3;
  let broker: Server;
  let produced: number[];

  beforeEach(async () => {
    produced = [];
    broker = createServer((socket) => {
      const cutter = new FrameCutter();
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        for (const frame of cutter.push(chunk)) {
          if (frame.readInt16BE(4) === produce) produced.push(frame.readInt32BE(8));
          const answer = Buffer.alloc(16);
          answer.writeInt32BE(12, 0);
          answer.writeInt32BE(frame.readInt32BE(8), 4);
          socket.write(answer);
        }
      });
    });
    broker.listen(0, '127.0.0.1');
    await once(broker, 'listening');
    await proxy[Symbol.asyncDispose]();
    proxy = await startTcpProxy({ target: `127.0.0.1:${portOf(broker)}`, speaks: 'kafka' });
  });
  afterEach(() => void broker.close());

  /** A client that writes in pieces, as TCP may deliver, and collects the ids of the answers. */
  async function kafkaClient() {
    const { socket, ending } = await talk();
    const answered: number[] = [];
    const cutter = new FrameCutter();
    socket.on('data', (chunk: Buffer) => answered.push(...cutter.push(chunk).map(correlationIdOf)));
    const ask = (key: number, id: number): void => {
      const frame = Buffer.alloc(20);
      frame.writeInt32BE(16, 0);
      frame.writeInt16BE(key, 4);
      frame.writeInt32BE(id, 8);
      socket.write(frame.subarray(0, 3));
      socket.write(frame.subarray(3));
    };
    return { ask, answered, ending };
  }

  it('swallows the answers to what was produced, after the broker had it, and no others', async () => {
    const { ask, answered, ending } = await kafkaClient();
    await proxy.setMode({ kind: 'lose produce answers', how: 'swallow' });
    ask(produce, 1);
    ask(metadata, 2);
    await expect.poll(() => answered).toEqual([2]);
    expect([produced, proxy.lostAnswers, ending()]).toEqual([[1], 1, undefined]);
    await proxy.setMode({ kind: 'pass' });
    ask(produce, 3);
    await expect.poll(() => answered).toEqual([2, 3]);
  });

  it('holds such answers back and passes others, until its mode changes', async () => {
    const { ask, answered } = await kafkaClient();
    await proxy.setMode({ kind: 'hold produce answers' });
    ask(produce, 1);
    ask(metadata, 2);
    ask(produce, 3);
    await expect.poll(() => proxy.heldAnswers).toBe(2);
    await expect.poll(() => answered).toEqual([2]);
    await proxy.setMode({ kind: 'pass' });
    await expect.poll(() => answered).toEqual([2, 1, 3]);
    expect([produced, proxy.heldAnswers, proxy.lostAnswers]).toEqual([[1, 3], 0, 0]);
  });

  it('resets half way through such an answer', async () => {
    const { ask, answered, ending } = await kafkaClient();
    await proxy.setMode({ kind: 'lose produce answers', how: 'reset halfway' });
    ask(metadata, 1);
    await expect.poll(() => answered).toEqual([1]);
    ask(produce, 2);
    await expect.poll(ending).toBe('ECONNRESET');
    expect([produced, answered, proxy.lostAnswers]).toEqual([[2], [1], 1]);
  });
});
