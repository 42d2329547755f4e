import { expect, it } from 'vitest';
import { tokenMint } from '../testing/order-api.ts';
import { rememberedVerdicts } from './remembered-verdicts.ts';
import { tokenVerifier } from './token-verifier.ts';

const mint = await tokenMint();

/** Counts how often a signature is checked; the clock stands until it is told to go. */
function counted() {
  let checks = 0;
  let later = 0;
  const verify = tokenVerifier(mint);
  const remembered = rememberedVerdicts(
    async (token) => {
      checks += 1;
      return verify(token);
    },
    () => Date.now() + later,
  );
  return { verify: remembered, checks: () => checks, passes: (ms: number) => (later += ms) };
}

it('checks a good token once in 30 seconds', async () => {
  const { verify, checks, passes } = counted();
  const token = await mint.token();
  const first = await verify(token);
  expect([first.kind, await verify(token), checks()]).toEqual(['valid', first, 1]);
  passes(30_000);
  await verify(token);
  expect(checks()).toBe(2);
});

it('checks again once a token has expired', async () => {
  const { verify, checks, passes } = counted();
  const token = await mint.token({ expiresIn: 5 });
  await verify(token);
  passes(6_000);
  await verify(token);
  expect(checks()).toBe(2);
});

it('takes no other token for the one it knows, though it differs in the signature alone', async () => {
  const { verify } = counted();
  const token = await mint.token();
  await verify(token);
  const [head, body, signature = ''] = token.split('.');
  const forged = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  expect((await verify(forged)).kind).toBe('invalid');
});

it('remembers no refusal', async () => {
  const { verify, checks } = counted();
  const expired = await mint.token({ expiresIn: -60 });
  expect([(await verify(expired)).kind, (await verify(expired)).kind, checks()]).toEqual([
    'invalid',
    'invalid',
    2,
  ]);
});
