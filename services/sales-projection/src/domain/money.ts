/** Sums of decimals with two places, exact: they are counted in hundredths. */

/** @throws RangeError when one of them has not exactly two places */
export function addMoney(a: string, b: string): string {
  return fromHundredths(toHundredths(a) + toHundredths(b));
}

/** @throws RangeError when it has not exactly two places */
export function negateMoney(amount: string): string {
  return fromHundredths(-toHundredths(amount));
}

function toHundredths(amount: string): bigint {
  if (!/^-?\d+\.\d\d$/.test(amount)) throw new RangeError(`not a decimal with two places: ${amount}`);
  return BigInt(amount.replace('.', ''));
}

function fromHundredths(hundredths: bigint): string {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0');
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
