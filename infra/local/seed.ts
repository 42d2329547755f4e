import pg from 'pg';

/** The customer whose token `npm start` writes. */
export const seededUser = {
  id: '0198c0de-0000-7000-8000-000000000001',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
} as const;

/** Fixed ids, so that a command line that names them can be pasted. Prices as decimals in `currency`. */
export const seededProducts = [
  product(1, 'TEA-ASSAM-250', 'Assam tea, 250 g', '8.90'),
  product(2, 'TEA-SENCHA-100', 'Sencha, 100 g', '12.40'),
  product(3, 'POT-GLASS-1L', 'Glass teapot, 1 l', '34.00'),
  product(4, 'CUP-BLUE-4', 'Four blue cups', '27.50'),
  product(5, 'KETTLE-STEEL', 'Steel kettle', '59.99'),
  product(6, 'SCALE-POCKET', 'Pocket scale', '18.75'),
] as const;

function product(number: number, sku: string, name: string, price: string) {
  const id = `0198c0de-0000-7000-8000-0000000001${String(number).padStart(2, '0')}`;
  return { id, sku, name, price, currency: 'EUR', stock: 10_000 } as const;
}

/**
 * Puts the customer and the catalogue there; what exists stays as it is, its stock too.
 *
 * @param migratorUrl of waybill_migrator, to the order database: no runtime role may choose ids and times freely
 */
export async function seed(migratorUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: migratorUrl });
  await client.connect();
  try {
    const { id, email, name } = seededUser;
    const user =
      'insert into users (id, email, name, created_at) values ($1, $2, $3, now()) on conflict do nothing';
    await client.query(user, [id, email, name]);
    await client.query(
      `insert into products (id, sku, name, price, currency, stock, version)
       select id, sku, name, price, currency, stock, 1
       from json_to_recordset($1) as p (id uuid, sku text, name text, price numeric, currency text, stock int)
       on conflict do nothing`,
      [JSON.stringify(seededProducts)],
    );
  } finally {
    await client.end();
  }
}
