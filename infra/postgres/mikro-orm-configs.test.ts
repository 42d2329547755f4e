import { afterEach, describe, expect, it, vi } from 'vitest';
import ordersForCommand from '../../mikro-orm.config.ts';
import salesForCommand from '../../services/sales-projection/mikro-orm.config.ts';

afterEach(() => vi.unstubAllEnvs());

describe.each([
  ['mikro-orm.config.ts', ordersForCommand, 'MIGRATOR_DATABASE_URL', 'waybill'],
  [
    'services/sales-projection/mikro-orm.config.ts',
    salesForCommand,
    'SALES_MIGRATOR_DATABASE_URL',
    'waybill_sales',
  ],
] as const)('%s', (_path, forCommand, variable, database) => {
  it('asks for its URL in production', () => {
    vi.stubEnv('WAYBILL_ENV', 'production');
    vi.stubEnv(variable, undefined);
    expect(() => forCommand()).toThrow(`${variable} is not set`);
    vi.stubEnv(variable, 'postgres://owner:secret@db.example/orders');
    expect(forCommand()).toMatchObject({ clientUrl: 'postgres://owner:secret@db.example/orders' });
  });

  it('knows what npm start made in development', () => {
    vi.stubEnv('WAYBILL_ENV', undefined);
    vi.stubEnv(variable, undefined);
    expect(forCommand().clientUrl).toMatch(new RegExp(`@127\\.0\\.0\\.1:55432/${database}$`));
  });
});
