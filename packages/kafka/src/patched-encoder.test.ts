import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unpatchedCopy } from './kafkajs-copy.fixture.ts';

/** As kafkajs hands a message to its encoder. */
interface RawRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>;
}

type EncodeRecord = (record: RawRecord) => { readonly buffer: Buffer };

const require = createRequire(import.meta.url);
const installed = path.dirname(require.resolve('kafkajs/package.json'));
const folder = mkdtempSync(path.join(tmpdir(), 'kafkajs-'));
afterAll(() => rmSync(folder, { recursive: true }));

let released: EncodeRecord;
let patched: EncodeRecord;
beforeAll(() => {
  const file = 'src/protocol/recordBatch/record/v0/index.js';
  released = require(path.join(unpatchedCopy(installed, path.join(folder, 'kafkajs')), file));
  patched = require(path.join(installed, file));
});

const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
const records = fc.record({
  offsetDelta: fc.nat(),
  timestampDelta: fc.nat(),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ maxLength: 200 }),
    fc.oneof(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 })),
    { maxKeys: 12 },
  ),
});

it('writes a record as the released kafkajs does, byte for byte', () => {
  fc.assert(
    fc.property(records, (record) => {
      expect(patched(record).buffer.equals(released(record).buffer)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
