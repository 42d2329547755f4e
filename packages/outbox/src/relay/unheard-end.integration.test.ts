import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import pg from 'pg';
import { expect, it } from 'vitest';
import { Uncaught } from '../../../../test/faults/uncaught.ts';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { RelayDatabase } from './relay-database.ts';

/** PostgreSQL's last messages (manual, 54.7): ReadyForQuery outside of a transaction, and how it ends a session. */
const ready = Buffer.from('5a0000000549', 'hex');
const fields = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
const end = Buffer.alloc(5 + Buffer.byteLength(fields));
end.write('E', 0);
end.writeInt32BE(4 + Buffer.byteLength(fields), 1);
end.write(fields, 5);

interface Way extends AsyncDisposable {
  readonly port: number;
}

/** A way to PostgreSQL on which the first session ends in the same packet in which it begins. */
async function wayThatEndsTheFirst({ port: to, hostname }: URL): Promise<Way> {
  let isFirst = true;
  const server = createServer((client) => {
    const upstream = connect(Number(to), hostname);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.pipe(upstream);
    client.once('close', () => upstream.destroy());
    upstream.on('data', (chunk: Buffer) => {
      const ends = isFirst && chunk.subarray(-ready.length).equals(ready);
      if (ends) isFirst = false;
      client.write(ends ? Buffer.concat([chunk, end]) : chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

it('a session that ends in the packet in which it begins fails its statement and not the process', async () => {
  await using database = await createOrderDatabase();
  const url = new URL(database.urlFor('waybill_relay'));
  await using way = await wayThatEndsTheFirst(url);
  url.port = String(way.port);
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  pool.on('error', () => undefined);
  using uncaught = new Uncaught();
  const relays = new RelayDatabase(pool, 2_000, () => undefined);
  const ask = () => relays.query<{ one: number }>({ text: 'select 1 as one', values: [] });
  try {
    await expect(ask()).rejects.toThrow('not queryable');
    expect((await ask()).rows).toEqual([{ one: 1 }]);
    expect(uncaught.errors).toEqual([]);
  } finally {
    await pool.end();
  }
});
