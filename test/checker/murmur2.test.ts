import { expect, test } from 'vitest';
import { murmur2, partitionOf } from './murmur2.ts';

/**
 * [key, murmur2, partition of 8, partition of 12], printed by the Java client itself:
 * `Utils.murmur2(key.getBytes(UTF_8))` of kafka-clients 4.4.0. Those from "21" to "lkjh…" and "abc" also stand in
 * Kafka's own UtilsTest. Lengths leave every remainder of four, and several bytes are above 127.
 */
const vectors = [
  ['', 275646681, 1, 9],
  ['a', -1563381124, 4, 4],
  ['ab', 316155434, 2, 2],
  ['abc', 479470107, 3, 3],
  ['abcd', -1323649548, 4, 8],
  ['21', -973932308, 4, 0],
  ['foobar', -790332482, 6, 6],
  ['a-little-bit-long-string', -985981536, 0, 8],
  ['a-little-bit-longer-string', -1486304829, 3, 11],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 5, 5],
  ['0198c0de-0000-7000-8000-000000000001', 512743724, 4, 8],
  ['0198c0de-0000-7000-8000-000000000102', 802796106, 2, 6],
  ['0198c0de-7a11-7abc-9def-0123456789ab', -1337763536, 0, 0],
  ['grün', 350648321, 1, 5],
  ['€', -1352192002, 6, 10],
  ['😀 order', -1800527423, 1, 9],
  ['äöüß', -1509178215, 1, 5],
] as const;

test.each(vectors)('%s hashes as in Java', (key, hash, ofEight, ofTwelve) => {
  const bytes = Buffer.from(key, 'utf8');
  expect(murmur2(bytes)).toBe(hash);
  expect([partitionOf(bytes, 8), partitionOf(bytes, 12)]).toEqual([ofEight, ofTwelve]);
});
