import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WholeAnswers, withWholeAnswers } from './whole-answers.ts';

function answer(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const bodies = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

it('hands over every byte of what is complete, and nothing else, however the stream is cut', () => {
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 17 })), fc.nat(20), (complete, cuts, missing) => {
      const whole = Buffer.concat(complete.map(answer));
      const brokenOff = answer(Buffer.alloc(20, 7)).subarray(0, 23 - missing);
      const stream = Buffer.concat([whole, brokenOff]);
      const answers = new WholeAnswers();
      const delivered: Buffer[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        delivered.push(...answers.take(stream.subarray(at, at + cut)));
        at += cut;
        // What was delivered so far always ends where an answer does.
        const length = Buffer.concat(delivered).length;
        const ends = complete.map(
          (_, index) => Buffer.concat(complete.slice(0, index + 1).map(answer)).length,
        );
        expect([0, ...ends]).toContain(length);
      }
      expect(Buffer.concat(delivered)).toEqual(whole);
    }),
  );
});

it('keeps back the half answer of a connection that is reset, and ends it as ever', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.write(Buffer.concat([answer(Buffer.from('whole')), answer(Buffer.from('half')).subarray(0, 6)]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = withWholeAnswers(connect(address.port, '127.0.0.1'));
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  await once(socket, 'data');
  const failed = once(socket, 'error');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const one of sockets) one.resetAndDestroy();
  await failed.catch(() => undefined);
  await closed;
  expect(Buffer.concat(received)).toEqual(answer(Buffer.from('whole')));
  server.close();
});
