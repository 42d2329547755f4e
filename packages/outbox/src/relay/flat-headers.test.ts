import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeHeaders } from '../record-headers.ts';
import { encodeFlatHeaders } from './flat-headers.ts';

/** Encodes behind other bytes, which have to stay as they are, and in front of some. */
function encode(json: string) {
  const target = Buffer.alloc(Buffer.byteLength(json) + 14, '#');
  const found = encodeFlatHeaders(target, 7, json);
  expect(target.subarray(0, 7).toString()).toBe('#######');
  expect(target.subarray(7 + Buffer.byteLength(json)).toString()).toBe('#######');
  return found && { bytes: target.subarray(7, found.end), count: found.count };
}

/** As PostgreSQL writes it: a space behind each colon and comma, and before a colon too by `json_build_object`. */
const spaced =
  (colon: string) =>
  (headers: Record<string, string>): string =>
    `{${Object.entries(headers)
      .map((pair) => pair.map((text) => JSON.stringify(text)).join(colon))
      .join(', ')}}`;

const plainText = fc
  .string({ maxLength: 300, unit: 'binary' })
  .filter((text) => !/["\\\p{Cc}\p{Cs}]/u.test(text));
const headers = fc.dictionary(plainText, plainText, { maxKeys: 20 });

it.each([
  ['JSON.stringify', JSON.stringify],
  ['jsonb', spaced(': ')],
  ['json_build_object', spaced(' : ')],
])('encodes what %s writes as it is encoded from an object', (_who, write) => {
  fc.assert(
    fc.property(headers, (some) => {
      const expected = encodeHeaders(some);
      const found = encode(write(some));
      expect(found?.count).toBe(expected.count);
      expect(found && Buffer.from(found.bytes).equals(expected.bytes)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it.each([0, 63, 64, 8_191])('takes a text of %i bytes', (length) => {
  const some = { name: 'x'.repeat(length), ['y'.repeat(length)]: 'ü'.repeat(length / 2), z: '' };
  const found = encode(JSON.stringify(some));
  expect(found && Buffer.from(found.bytes).equals(encodeHeaders(some).bytes)).toBe(true);
});

it.each([
  ['an escape', '{"a":"\\n"}'],
  ['an escaped quote', '{"a":"\\""}'],
  ['a number', '{"a":1}'],
  ['null', '{"a":null}'],
  ['an object', '{"a":{"b":"c"}}'],
  ['an array', '["a","b"]'],
  ['an odd text', '{"a":"b","c"}'],
  ['a name twice', '{"a":"b","c":"d","a":"e"}'],
  ['a comma at the end', '{"a":"b",}'],
  ['something behind it', '{"a":"b"}}'],
  ['a colon for a comma', '{"a":"b":"c":"d"}'],
  ['no end', '{"a":"b}'],
  ['a line break', '{"a":"b\n"}'],
  ['two spaces', '{"a":  "b"}'],
  ['a text of more than 8,191 bytes', `{"a":"${'x'.repeat(8_192)}"}`],
  ['more than 32', JSON.stringify(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`h${i}`, ''])))],
  ['nothing', ''],
])('leaves %s to the parser', (_what, json) => {
  expect(encode(json)).toBeUndefined();
});

it('never takes what the parser would read otherwise', () => {
  const piece = fc.constantFrom('{', '}', '"', ':', ',', ' ', 'a', 'b', '\\', 'é', '\u0000', '[', '1');
  let taken = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const json = `{"${pieces.join('')}"}`;
      const found = encode(json);
      if (found === undefined) return true;
      taken += 1;
      return Buffer.from(found.bytes).equals(encodeHeaders(JSON.parse(json)).bytes);
    }),
    { numRuns: 50_000, seed: 1 },
  );
  expect(taken).toBeGreaterThan(10);
});
