import { connect, type Socket } from 'node:net';
import type { LoadOrder, LoadResult } from './load.ts';

/** The load generator: a process of its own, so that its CPU time is not the service's. Told once, answers once. */
process.once('message', (order: LoadOrder) => {
  void drive(order).then((result) => process.send?.(result));
});

/** Bytes are written and read by hand: a general client would use more CPU than the service that it measures. */
async function drive(order: LoadOrder): Promise<LoadResult> {
  const until = performance.now() + order.seconds * 1_000;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const latencies: number[] = [];
  const statuses = new Map<number, number>();
  const ids: string[] = [];
  await Promise.all(
    Array.from({ length: order.connections }, (_, connection) =>
      oneConnection(order, connection, until, (status, ms, id) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        latencies.push(ms);
        if (order.keepIds && id !== undefined) ids.push(id);
      }),
    ),
  );
  const used = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - started) / 1_000,
    cpuSeconds: (used.user + used.system) / 1e6,
    statuses: Object.fromEntries(statuses),
    latenciesMs: latencies,
    ids,
  };
}

type Record = (status: number, ms: number, id: string | undefined) => void;

async function oneConnection(
  order: LoadOrder,
  connection: number,
  until: number,
  record: Record,
): Promise<void> {
  const { hostname, port } = new URL(order.url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  const answers = answersOf(socket);
  const pauseMs = order.ordersPerSecond === null ? 0 : (order.connections * 1_000) / order.ordersPerSecond;
  let due = performance.now() + Math.random() * pauseMs;
  for (let n = 0; performance.now() < until; n += 1) {
    if (pauseMs > 0) {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      due += pauseMs;
    }
    const began = performance.now();
    socket.write(requestText(order, `${order.name}-${connection}-${n}`, hostname));
    const { value, done } = await answers.next();
    if (done) break;
    record(value.status, performance.now() - began, value.id);
  }
  socket.destroy();
}

function requestText({ token, users, products, method }: LoadOrder, key: string, host: string): string {
  const common = `host: ${host}\r\nauthorization: Bearer ${token}\r\n`;
  if (method.kind === 'get') {
    const path = method.paths[Math.floor(Math.random() * method.paths.length)];
    return `GET ${path} HTTP/1.1\r\n${common}\r\n`;
  }
  const first = Math.floor(Math.random() * products.length);
  const second = (first + 1 + Math.floor(Math.random() * (products.length - 1))) % products.length;
  const user = users[Math.floor(Math.random() * users.length)];
  const body = `{"user_id":"${user}","items":[{"product_id":"${products[first]}","quantity":1},{"product_id":"${products[second]}","quantity":2}]}`;
  return `POST /v1/orders HTTP/1.1\r\n${common}content-type: application/json\r\nidempotency-key: ${key}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Answers with a content-length, one after the other. Ends with the connection. */
async function* answersOf(socket: Socket): AsyncGenerator<{ status: number; id: string | undefined }> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) continue;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
    if (Buffer.byteLength(text) < head + 4 + length) continue;
    yield { status: Number(text.slice(9, 12)), id: /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] };
    text = '';
  }
}
