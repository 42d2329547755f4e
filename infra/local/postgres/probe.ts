import pg from 'pg';

/**
 * Asks a server where its data lies: an answer to a query, and by the right server.
 *
 * @throws what pg throws when it is not reached or refuses
 */
export async function dataDirectoryOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {}); // a connection that breaks fails the query, which the caller sees
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]?.data_directory ?? '';
  } finally {
    await client.end().catch(() => {});
  }
}
