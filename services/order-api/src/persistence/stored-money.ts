import { isCurrency, type Money, money } from '../domain/money.ts';

/** @throws RangeError when a row is in a currency that this version does not know */
export function storedMoney(amount: string, currency: string): Money {
  if (!isCurrency(currency)) throw new RangeError(`a row is in ${currency}, which is not supported`);
  return money(amount, currency);
}
