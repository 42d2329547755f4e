import type { Mutant } from './mutant.ts';

/** What broken connections must not do. */
export const faultMutants: readonly Mutant[] = [
  {
    name: 'kafka: half an answer is handed on',
    file: 'packages/kafka/src/sockets.ts',
    find: 'return withWholeAnswers(socket);',
    replace: 'return socket.destroyed ? withWholeAnswers(socket) : socket;',
    tests: ['test/faults/lost-answers.integration.test.ts'],
    only: 'reset in the middle of its answers',
    why: 'kafkajs puts the next connection’s answers behind it and reads garbage, up to the end of the process',
  },
  {
    name: 'relay: nobody hears a connection that breaks',
    file: 'packages/outbox/src/relay/relay-database.ts',
    find: `    client.on('error', heardAlready);\n`,
    replace: '',
    tests: ['test/faults/database-proxy.integration.test.ts'],
    only: 'resets connections in the middle',
    why: 'a reset under a statement ends the relay’s process instead of its session',
  },
];
