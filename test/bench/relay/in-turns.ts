import type { BenchOptions, ClientName } from './options.ts';

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
    for (const client of round % 2 === 1 ? clients : clients.toReversed()) {
      results.push(...(await measure(client, round)));
    }
  }
  return results;
}
