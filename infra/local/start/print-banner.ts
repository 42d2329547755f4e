import { styleText } from 'node:util';
import { repositoryRoot } from '../repository-root.ts';
import { banner, type Paint } from './banner.ts';
import type { System } from './bring-up.ts';
import { logsDir } from './home.ts';
import path from 'node:path';

/** Of the services that tell more than whether they are ready. */
const statusOf: Readonly<Record<string, string>> = {
  'outbox-relay': 'what it has published, and what it waits for',
  jobs: 'scheduled work, and how long an event takes through the whole path',
  'sales-projection': 'what it has applied',
};

/** On a terminal in color, unless NO_COLOR asks for none (no-color.org). */
export function printBanner({ apiUrl, servers, services, notes }: System, seconds: number): void {
  const colored = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  const facts = {
    apiUrl,
    servers: servers.map(({ name, port, how }) => ({ name, address: `127.0.0.1:${port}`, how })),
    services: services.flatMap(({ name, url }) => {
      const about = statusOf[name];
      return about === undefined ? [] : [{ name, url, about }];
    }),
    logs: path.relative(repositoryRoot, logsDir),
    seconds,
    notes,
  };
  console.log(banner(facts, colored ? colors : plain));
}

const colors: Paint = {
  strong: (text) => styleText('bold', text, { validateStream: false }),
  faint: (text) => styleText('dim', text, { validateStream: false }),
  link: (text) => styleText('cyan', text, { validateStream: false }),
};

const asIs = (text: string): string => text;
const plain: Paint = { strong: asIs, faint: asIs, link: asIs };
