/** The Castagnoli polynomial, reflected (RFC 3720, B.4). */
const polynomial = 0x82_f6_3b_78;
const strides = 8;

/** tables[k * 256 + b]: the remainder of the byte b with k bytes of zeros behind it. */
const tables = makeTables();

function makeTables(): Int32Array {
  const made = new Int32Array(strides * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at += 1) {
    const before = made[at - 256] ?? 0;
    made[at] = (before >>> 8) ^ (made[before & 0xff] ?? 0);
  }
  return made;
}

/**
 * CRC-32C of the bytes from `from` on, as a record batch has it. Eight bytes a step ("slicing by 8", Kounavis and Berry
 * 2005): byte by byte, as kafkajs does it, this was the dearest part of a send. The other client has one too, but loading that
 * client takes 40 MB.
 *
 * @returns from 0 to 2^32 − 1
 */
export function crc32c(bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  let crc = -1;
  let at = from;
  for (; at + strides <= end; at += strides) {
    const low = crc ^ (byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24));
    crc =
      table(7, low & 0xff) ^
      table(6, (low >>> 8) & 0xff) ^
      table(5, (low >>> 16) & 0xff) ^
      table(4, low >>> 24) ^
      table(3, byte(at + 4)) ^
      table(2, byte(at + 5)) ^
      table(1, byte(at + 6)) ^
      table(0, byte(at + 7));
  }
  for (; at < end; at += 1) crc = table(0, (crc ^ byte(at)) & 0xff) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;

  function byte(index: number): number {
    return bytes[index] ?? 0;
  }
}

function table(stride: number, index: number): number {
  return tables[stride * 256 + index] ?? 0;
}
