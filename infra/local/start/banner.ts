import { seededProducts, seededUser } from '../seed.ts';

/** What the banner tells about. */
export interface RunningSystem {
  readonly apiUrl: string;
  /** Each with its address, and why it lies elsewhere than usual. */
  readonly servers: readonly { readonly name: string; readonly address: string; readonly how: string }[];
  /** Services that answer at `/status`. */
  readonly services: readonly { readonly name: string; readonly url: string; readonly about: string }[];
  readonly logs: string;
  readonly seconds: number;
  /** Sentences such as `port 3000 is taken`. */
  readonly notes: readonly string[];
}

/** How parts of the banner are set off; identity functions where there are no colors. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly link: (text: string) => string;
}

/** A first order that can be pasted in the clone's folder, twice with the same answer. */
export function curlLine(apiUrl: string): string {
  const [tea, , teapot] = seededProducts;
  const items = [
    { product_id: tea.id, quantity: 2 },
    { product_id: teapot.id, quantity: 1 },
  ];
  return [
    `curl -sS -i ${apiUrl}/v1/orders`,
    `-H "authorization: Bearer $(cat .local/token)"`,
    `-H 'content-type: application/json' -H 'idempotency-key: first-order-1'`,
    `-d '${JSON.stringify({ user_id: seededUser.id, items })}'`,
  ].join(' ');
}

export function banner(system: RunningSystem, { strong, faint, link }: Paint): string {
  const row = (name: string, address: string, about: string): string =>
    `  ${name.padEnd(17)} ${link(address.padEnd(29))} ${faint(about)}`;
  const command = (text: string, about: string): string => `  ${strong(text.padEnd(31))} ${faint(about)}`;
  return [
    '',
    `  ${strong('Waybill is running')} ${faint(`after ${system.seconds.toFixed(1)} s`)}`,
    '',
    row('order-api', system.apiUrl, 'takes orders; their events go to the topic order_placed'),
    ...system.servers.map(({ name, address, how }) => row(name, address, how)),
    ...system.services.map(({ name, url, about }) => row(name, `${url}/status`, about)),
    row('logs', system.logs, 'one file per process'),
    ...system.notes.map((note) => `  ${note}`),
    '',
    `  ${strong('Place an order')}${faint(', here in this folder; pasted again it answers with the same order')}`,
    '',
    curlLine(system.apiUrl),
    '',
    `  ${strong('Then')}`,
    command('npx waybill tail order_placed', 'shows events as they arrive'),
    command('npm run demo', 'places 2,000 orders, times them and checks the totals'),
    command('npm test', 'proves it all on servers of its own'),
    '',
    `  ${faint('Ctrl-C ends everything.')}`,
    '',
  ].join('\n');
}
