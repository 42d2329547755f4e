import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../testing/examples.ts';
import { type RunningOrderApi, runOrderApi } from '../testing/order-api.ts';
import { aCommand, inShort, placing } from '../testing/place-orders.ts';

let api: RunningOrderApi;
let token: string;
const clerk = newId();

beforeAll(async () => {
  api = await runOrderApi();
  token = await api.token({ subject: clerk });
});
afterAll(() => api[Symbol.asyncDispose]());

async function entriesOf(rowId: string): Promise<readonly unknown[]> {
  const { rows } = await api.database.admin.query(
    `select actor, action, table_name, row_version, request_id, at > now() - interval '1 minute' as lately
     from audit_log where row_id = $1 order by id`,
    [rowId],
  );
  return rows;
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  api.call({ method: 'POST', path, body, token, headers });

const aProductBody = () => ({ sku: newId(), name: 'Tea', price: '1.00', currency: 'EUR', stock: 100 });

describe('the audit log', () => {
  it('tells who changed which row to which version, when and in which request', async () => {
    const user = await post('/v1/users', { email: `${newId()}@example.com`, name: 'Ada' });
    const product = await post('/v1/products', aProductBody());
    const order = await post(
      '/v1/orders',
      { user_id: user.json()['id'], items: [{ product_id: product.json()['id'], quantity: 1 }] },
      { 'idempotency-key': newId() },
    );
    expect([user.status, product.status, order.status]).toEqual([201, 201, 201]);
    for (const [answer, action, tableName, version] of [
      [user, 'user.registered', 'users', null],
      [product, 'product.added', 'products', 1],
      [order, 'order.placed', 'orders', 1],
    ] as const) {
      expect(await entriesOf(String(answer.json()['id']))).toEqual([
        {
          actor: clerk,
          action,
          table_name: tableName,
          row_version: version,
          request_id: answer.headers['x-request-id'],
          lately: true,
        },
      ]);
    }
  });

  it('tells of a renamed user, a delivery, each order of a batch and a cancellation', async () => {
    const put = (name: string) =>
      api.call({ method: 'PUT', path: '/v1/users', body: { email, name }, token });
    const email = `${newId()}@example.com`;
    const userId = String((await put('Ada')).json()['id']);
    await put('Ada Lovelace');
    const productId = String((await post('/v1/products', aProductBody())).json()['id']);
    const key = () => ({ 'idempotency-key': newId() });
    const adjustments = [{ product_id: productId, delta: 5 }];
    expect((await post('/v1/products/stock-adjustments', { adjustments }, key())).status).toBe(200);
    const order = { user_id: userId, items: [{ product_id: productId, quantity: 1 }] };
    const batch = await post('/v1/orders/batch', { orders: [order, order] }, key());
    const results: { order: { id: string } }[] = JSON.parse(batch.text).results;
    const [first = '', second = ''] = results.map((result) => result.order.id);
    const cancelled = await post(`/v1/orders/${second}/cancel`, undefined, { ...key(), 'if-match': '"1"' });
    expect(cancelled.status).toBe(200);
    const told = async (rowId: string) => {
      const { rows } = await api.database.admin.query(
        'select actor, action, row_version as version from audit_log where row_id = $1 order by id',
        [rowId],
      );
      expect(new Set(rows.map(({ actor }) => actor))).toEqual(new Set([clerk]));
      return rows.map(({ action, version }) => [action, version]);
    };
    expect(await told(userId)).toEqual([
      ['user.registered', null],
      ['user.changed', null],
    ]);
    expect(await told(productId)).toEqual([
      ['product.added', 1],
      ['stock.adjusted', 2],
    ]);
    expect(await told(first)).toEqual([['order.placed', 1]]);
    expect(await told(second)).toEqual([
      ['order.placed', 1],
      ['order.cancelled', 2],
    ]);
  });

  it('holds nothing of what was refused, and no e-mail address or name', async () => {
    const { admin } = api.database;
    const all = async () => (await admin.query('select * from audit_log')).rows;
    const before = await all();
    const body = aProductBody();
    expect((await post('/v1/products', body)).status).toBe(201);
    expect((await post('/v1/products', body)).status).toBe(409);
    const after = await all();
    expect(after).toHaveLength(before.length + 1);
    expect(JSON.stringify(after)).not.toMatch(/@example|Ada|Tea/);
  });

  it('is written in one statement, however many orders a unit of work holds', async () => {
    const user = await post('/v1/users', { email: `${newId()}@example.com`, name: 'Ada' });
    const product = await post('/v1/products', aProductBody());
    const place = placing(api.database.transactions);
    const placed = async (count: number): Promise<readonly string[]> => {
      api.database.takeStatements();
      const one = () => aCommand(String(user.json()['id']), [String(product.json()['id'])]);
      const results = await place(Array.from({ length: count }, one));
      expect(new Set(inShort(results))).toEqual(new Set(['placed']));
      return api.database.takeStatements();
    };
    const one = await placed(1);
    expect(one.filter((statement) => statement.includes('audit_log'))).toHaveLength(1);
    expect(await placed(64)).toHaveLength(one.length);
  });

  const roles = ['waybill_api', 'waybill_relay', 'waybill_jobs', 'waybill_ops', 'waybill_sales'] as const;
  const changes = [
    `update audit_log set actor = 'somebody else'`,
    'update audit_log set at = now()',
    'delete from audit_log',
    'truncate audit_log',
  ];
  it.each(roles)('is only appended to: %s can change and remove nothing', async (role) => {
    const { admin } = api.database;
    await admin.query('begin');
    try {
      await admin.query(`set local role ${role}`);
      for (const change of changes) {
        await admin.query('savepoint before');
        await expect(admin.query(change)).rejects.toMatchObject({ code: '42501' });
        await admin.query('rollback to before');
      }
    } finally {
      await admin.query('rollback');
    }
  });

  it('is read by operators, who cannot write it', async () => {
    const { admin } = api.database;
    const { rows: database } = await admin.query<{ name: string }>('select current_database() as name');
    const url = new URL(api.database.settings.databaseUrl);
    [url.username, url.password, url.pathname] = [
      'waybill_ops',
      'waybill_ops',
      `/${database[0]?.name ?? ''}`,
    ];
    const ops = new pg.Client({ connectionString: url.href });
    await ops.connect();
    try {
      const { rows } = await ops.query('select actor from ops_audit_log where actor = $1 limit 1', [clerk]);
      expect(rows).toEqual([{ actor: clerk }]);
      for (const table of ['audit_log', 'ops_audit_log']) {
        const forged = `insert into ${table} (actor, action, table_name, row_id) values ('a', 'b', 'c', 'd')`;
        await expect(ops.query(forged)).rejects.toMatchObject({ code: '42501' });
      }
    } finally {
      await ops.end();
    }
  });
});
