/**
 * The 32-bit murmur2 of the Java Kafka client (`Utils.murmur2`, seed 0x9747b28c), written from its description:
 * four little-endian bytes at a time, then the one to three that are left, then two more shifts. Signed like Java's.
 */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  let hash = 0x9747b28c ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(view.getInt32(at, true), m);
    hash = Math.imul(hash, m) ^ Math.imul(word ^ (word >>> 24), m);
  }
  if (whole < bytes.length) {
    let rest = 0;
    for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | view.getUint8(at);
    hash = Math.imul(hash ^ rest, m);
  }
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
}

/** The partition that the Java client's default partitioner picks for a key: the hash without its sign, modulo. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
