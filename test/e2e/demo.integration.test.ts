import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import '../servers/provided.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { startWaybill } from '../servers/waybill-command.ts';
import { type System, startSystem } from './system.ts';

describe('waybill demo', () => {
  const folder = temporaryFolder();
  const tokenFile = path.join(folder.path, 'operator-token');
  let system: System;

  beforeAll(async () => {
    system = await startSystem(inject('servers').redisUrl);
    writeFileSync(tokenFile, system.token);
  }, 120_000);
  afterAll(async () => {
    await system[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function demo(...args: string[]) {
    await using command = startWaybill(['demo', ...args], {
      WAYBILL_API_URL: system.apiUrl,
      WAYBILL_DATABASE_URL: system.orders.urlFor('waybill_ops'),
      WAYBILL_SALES_DATABASE_URL: system.sales.urlFor('waybill_ops'),
      WAYBILL_TOKEN_FILE: tokenFile,
    });
    return await command.ended;
  }

  test('places orders, follows each into Kafka and the totals, and finds the totals equal, again and again', async () => {
    for (const orders of [120, 80]) {
      const { out, err, code } = await demo('--orders', String(orders), '--json');

      expect({ code, err: err.split('\n').at(-2) }).toMatchObject({ code: 0 });
      expect(JSON.parse(out)).toMatchObject({
        orders,
        commit_times: 'pg_xact_commit_timestamp',
        buyers: 20,
        totals_equal: true,
        differences: [],
        commit_to_kafka_ms: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      });
      expect(err).toBe('');
    }
  });

  test('tells a human the same in words', async () => {
    const { out, err, code } = await demo('--orders', '30', '--concurrency', '4');

    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(/projected 30 \(\d+\/s\) · of 30\n/);
    expect(out).toMatch(/commit → Kafka acknowledged +\d+ ms +\d+ ms +\d+ ms\n/);
    expect(out).toMatch(
      /The totals of 20 buyers equal the database’s to the cent: EUR \d+\.\d\d, USD \d+\.\d\d\n/,
    );
  });

  test('fails when the projection adds a cent to a total', async () => {
    await using superuser = new DisposableClient(system.sales.urlFor('superuser'));
    await superuser.run(`
      create function a_cent_more() returns trigger language plpgsql as
        'begin new.spent := new.spent + 0.01; return new; end';
      create trigger a_cent_more before insert on buyer_totals for each row execute function a_cent_more();`);
    try {
      const { out, err, code } = await demo('--orders', '20', '--json');

      expect(code).toBe(1);
      expect(err).toContain('The totals differ.');
      expect(JSON.parse(out)).toMatchObject({ totals_equal: false });
    } finally {
      await superuser.run('drop function a_cent_more cascade');
    }
  });
});

class DisposableClient implements AsyncDisposable {
  readonly #pool: pg.Pool;

  constructor(connectionString: string) {
    this.#pool = new pg.Pool({ connectionString, max: 1 });
  }

  async run(sql: string): Promise<void> {
    await this.#pool.query(sql);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}
