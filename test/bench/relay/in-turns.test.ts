import { expect, it } from 'vitest';
import { inTurns } from './in-turns.ts';

it('has each client once a round, and lets the other go first in the next', async () => {
  const clients = ['kafkajs', 'platformatic'] as const;
  const turns = await inTurns({ clients, rounds: 2 }, async (client, round) => [`${client} ${round}`]);
  expect(turns).toEqual(['kafkajs 1', 'platformatic 1', 'platformatic 2', 'kafkajs 2']);
});
