import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { seededProducts, seededUser } from '../seed.ts';
import { banner, curlLine } from './banner.ts';

const asIs = (text: string): string => text;
const plain = { strong: asIs, faint: asIs, link: asIs };

const system = {
  apiUrl: 'http://127.0.0.1:3001',
  servers: [{ name: 'Kafka', address: '127.0.0.1:59092', how: 'Apache Kafka 4.4.0 from Maven Central' }],
  services: [],
  logs: '.local/logs',
  seconds: 12.34,
  notes: ['port 3000 is taken: the order API uses 3001'],
};

it('shows addresses, how each server came to run, moved ports and what to do next', () => {
  const text = banner(system, plain);
  for (const part of [
    'http://127.0.0.1:3001',
    'Apache Kafka 4.4.0 from Maven Central',
    'port 3000 is taken: the order API uses 3001',
    'npm run demo',
    'npx waybill tail order_placed',
    'npm test',
    curlLine(system.apiUrl),
  ]) {
    expect(text).toContain(part);
  }
});

it('sets nothing off where there are no colors', () => {
  expect(banner(system, plain)).not.toContain('\u001b');
});

it('prints a curl line that a shell takes apart into the order that is meant', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'waybill-curl-'));
  try {
    mkdirSync(path.join(folder, '.local'));
    writeFileSync(path.join(folder, '.local/token'), 'abc.def.ghi\n');
    writeFileSync(path.join(folder, 'curl'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    const args = execFileSync('sh', ['-c', curlLine(system.apiUrl)], {
      cwd: folder,
      env,
      encoding: 'utf8',
    }).split('\n');
    expect(args).toContain('http://127.0.0.1:3001/v1/orders');
    expect(args).toContain('authorization: Bearer abc.def.ghi');
    expect(args).toContain('idempotency-key: first-order-1');
    const body: unknown = JSON.parse(args[args.indexOf('-d') + 1] ?? '');
    expect(body).toEqual({
      user_id: seededUser.id,
      items: [
        { product_id: seededProducts[0].id, quantity: 2 },
        { product_id: seededProducts[2].id, quantity: 1 },
      ],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
