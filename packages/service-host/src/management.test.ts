import { describe, expect, test } from 'vitest';
import { Counter } from 'prom-client';
import { type Health, type HealthCheck, type Metrics, startManagementServer } from './management.ts';
import { processMetrics } from './process-metrics.ts';

const ok: HealthCheck = () => ({ status: 'ok' });

async function start(checks: {
  live?: HealthCheck;
  ready?: HealthCheck;
  status?: () => object;
  metrics?: Metrics;
}) {
  const server = await startManagementServer({ host: '127.0.0.1', port: 0, live: ok, ready: ok, ...checks });
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

describe('the management server', () => {
  test('answers what the checks say, 200 or 503', async () => {
    let health: Health = { status: 'ok', database: 'answers' };
    await using server = await start({ ready: async () => health });
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', database: 'answers' }]);

    health = { status: 'unavailable', reason: 'database does not answer' };
    const unready = await fetch(`${server.url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'unavailable', reason: 'database does not answer' });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });

  test('a check that throws is unavailable with its message', async () => {
    await using server = await start({
      live: () => {
        throw new Error('loop stands still');
      },
    });
    const live = await fetch(`${server.url}/livez`);
    expect([live.status, await live.json()]).toEqual([
      503,
      { status: 'unavailable', reason: 'loop stands still' },
    ]);
  });

  test('a check that hangs is unavailable after its limit', async () => {
    await using server = await start({ ready: () => new Promise(() => undefined) });
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', reason: 'no answer within 2000 ms' },
    ]);
  });

  test('status takes big integers, and is 404 where a service has none', async () => {
    await using server = await start({ status: () => ({ seq: 9_007_199_254_740_993n }) });
    expect(await (await fetch(`${server.url}/status`)).json()).toEqual({ seq: '9007199254740993' });
    await using bare = await start({});
    expect((await fetch(`${bare.url}/status`)).status).toBe(404);
  });

  test('metrics are text as Prometheus reads it, of the process and of the service, and 404 without any', async () => {
    const registry = processMetrics();
    new Counter({ name: 'loaves_total', help: 'Loaves baked.', registers: [registry] }).inc(2);
    await using server = await start({ metrics: registry });
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await answer.text()).split('\n');
    expect(lines).toContain('# TYPE loaves_total counter');
    expect(lines).toContain('loaves_total 2');
    expect(lines.some((line) => /^process_cpu_seconds_total \d/.test(line))).toBe(true);
    expect(lines.filter((line) => line.startsWith('nodejs_eventloop_lag_p99'))).toEqual([]);
    await using bare = await start({});
    expect((await fetch(`${bare.url}/metrics`)).status).toBe(404);
  });

  test('closing does not wait for connections that are kept alive', async () => {
    const server = await start({});
    await (await fetch(`${server.url}/livez`)).json();
    await server.close();
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow('fetch failed');
  });

  test('a taken port is an error of the start', async () => {
    await using server = await start({});
    await expect(
      startManagementServer({ host: '127.0.0.1', port: server.port, live: ok, ready: ok }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
