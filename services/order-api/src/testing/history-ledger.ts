import type { Answer } from './order-api.ts';

/** What the answers of a history add up to. */
export interface Ledger {
  /** Pieces per product, without those that orders took. */
  readonly supplied: Map<string, number>;
  /** In the order of their answers. */
  readonly placedIds: string[];
  readonly cancelledIds: Set<string>;
  readonly flaws: string[];
  /** An answer under a key: of all there is one first, and they are all the same. */
  readonly answers: Map<string, { readonly texts: Set<string>; firsts: number }>;
}

export function emptyLedger(productIds: readonly string[], supplied: number): Ledger {
  return {
    supplied: new Map(productIds.map((id) => [id, supplied])),
    placedIds: [],
    cancelledIds: new Set(),
    flaws: [],
    answers: new Map(),
  };
}

/** @returns whether it was answered for the first time */
export function noteAnswer(ledger: Ledger, key: string, body: unknown, kind: 'first' | 'replayed'): boolean {
  const noted = ledger.answers.get(key) ?? { texts: new Set<string>(), firsts: 0 };
  noted.texts.add(JSON.stringify(body));
  if (kind === 'first') noted.firsts += 1;
  ledger.answers.set(key, noted);
  return kind === 'first';
}

export function replayOf({ headers }: Answer): 'first' | 'replayed' {
  return headers['idempotent-replayed'] === 'true' ? 'replayed' : 'first';
}

/** Whatever is refused for another reason than these is a flaw. */
export function noteRefusal(
  ledger: Ledger,
  what: string,
  problem: unknown,
  allowed: readonly string[],
): void {
  const type = typeof problem === 'object' && problem !== null && 'type' in problem ? problem.type : problem;
  const name = String(type).split('/').at(-1) ?? '';
  if (!allowed.includes(name)) ledger.flaws.push(`${what} was refused: ${name}`);
}

export function flawsOfAnswers({ answers, flaws }: Ledger): readonly string[] {
  const ofKeys = [...answers].flatMap(([key, { texts, firsts }]) => [
    ...(texts.size > 1 ? [`${key} got ${texts.size} different answers`] : []),
    // The first answer may have been lost; two of them are two deeds.
    ...(firsts > 1 ? [`${key} was carried out ${firsts} times`] : []),
  ]);
  return [...flaws, ...ofKeys];
}
