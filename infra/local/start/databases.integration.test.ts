import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../../test/servers/provided.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { bootstrapCluster } from '../../postgres/bootstrap.ts';
import { roleNames } from '../../postgres/roles.ts';
import { freePort, type LocalServer, startPostgres } from '../index.ts';
import { prepareDatabases } from './databases.ts';

const progress = (): void => undefined;

let folder: TemporaryFolder;
let server: LocalServer;

beforeAll(async () => {
  folder = temporaryFolder();
  const dataDir = path.join(folder.path, 'pg');
  server = await startPostgres({ dataDir, port: await freePort(), progress, durability: 'process' });
});
afterAll(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

async function asSuperuser(...statements: readonly string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** What stands in the catalogue about Waybill's roles, hashed passwords included. */
const roles = () =>
  asSuperuser(
    `select rolname, rolcanlogin, rolpassword from pg_authid where rolname ~ '^waybill' order by 1`,
  );

async function logsIn(role: string, password: string): Promise<boolean> {
  const url = new URL(server.url);
  url.username = role;
  url.password = password;
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe('a server that has a role of the same name', () => {
  it('keeps its password, gets no other role, and the reader one sentence', async () => {
    await asSuperuser(`create role waybill_sales login password 'somebody''s'`);
    const before = await roles();
    await expect(prepareDatabases(server.url, progress)).rejects.toMatchObject({
      name: 'LocalServerError',
      message: expect.stringMatching(
        /^The role waybill_sales is there already, with another password, .* DATABASE_URL/,
      ),
    });
    expect(await roles()).toEqual(before);
    expect(await logsIn('waybill_sales', `somebody's`)).toBe(true);
  });

  it('is used when nobody can log in with that role, and when the password is the one that it makes', async () => {
    await asSuperuser(`alter role waybill_sales nologin`);
    await prepareDatabases(server.url, progress);
    expect((await roles()).length).toBe(roleNames.length);
    expect(await logsIn('waybill_sales', 'waybill_sales')).toBe(true);
    await prepareDatabases(server.url, progress);
  });

  it('gets the new password from whoever names it', async () => {
    const passwordOf = (role: string): string => `${role} @/ new`;
    await bootstrapCluster(server.url, { passwordOf, otherPasswords: 'replace', databases: [] });
    expect(await logsIn('waybill_sales', encodeURIComponent('waybill_sales @/ new'))).toBe(true);
    await bootstrapCluster(server.url, { passwordOf, databases: [] });
  });
});

describe('a server elsewhere', () => {
  it.each([
    ['postgres://postgres:secret@db.example:5432/postgres', 'db.example'],
    ['postgres://postgres:secret@127.0.0.1.example/postgres', '127.0.0.1.example'],
    ['postgres://postgres:secret@127.0.0.1/postgres?host=10.0.0.7', '10.0.0.7'],
  ])('is refused in one sentence without its password: %s', async (url, host) => {
    const refusal = prepareDatabases(url, progress, {});
    await expect(refusal).rejects.toMatchObject({
      name: 'LocalServerError',
      message: expect.stringMatching(
        new RegExp(`^DATABASE_URL points at ${host}, .* WAYBILL_ALLOW_REMOTE_DATABASE=true$`),
      ),
    });
    await expect(refusal).rejects.not.toThrow('secret');
  });

  it('is asked when that is wanted', async () => {
    const env = { WAYBILL_ALLOW_REMOTE_DATABASE: 'true' };
    const nobody = 'postgres://postgres:secret@waybill.invalid:5432/postgres';
    await expect(prepareDatabases(nobody, progress, env)).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });
});
