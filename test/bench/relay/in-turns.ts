import type { BenchOptions, ClientName } from './options.ts';

/** Who goes first in this round goes last in the next. */
export function inTurn<Contestant>(contestants: readonly Contestant[], round: number): readonly Contestant[] {
  return round % 2 === 1 ? contestants : contestants.toReversed();
}

/**
 * Every round has each client once; who goes first changes.
 *
 * @param measure gets the round's number, from 1
 */
export async function inTurns<Result>(
  { clients, rounds }: Pick<BenchOptions, 'clients' | 'rounds'>,
  measure: (client: ClientName, round: number) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const client of inTurn(clients, round)) {
      results.push(...(await measure(client, round)));
    }
  }
  return results;
}
