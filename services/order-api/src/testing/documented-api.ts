import type { FastifyInstance } from 'fastify';
import { composeHttpApp } from '../app.ts';
import { tokenVerifier } from '../http/token-verifier.ts';
import { InMemoryTransactions } from '../persistence/in-memory/in-memory-transactions.ts';
import { groups, publicUrl, silent, tokenMint } from './order-api.ts';

/** The service's HTTP side without a server behind it: for what can be said of its routes and its document. */
export async function documentedApi(): Promise<FastifyInstance> {
  const transactions = new InMemoryTransactions();
  return composeHttpApp({
    transactions,
    reports: transactions.reports,
    verifyToken: tokenVerifier(await tokenMint()),
    publicUrl,
    groups,
    logger: silent,
    signal: new AbortController().signal,
  });
}
