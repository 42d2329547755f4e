import { setTimeout as delay } from 'node:timers/promises';
import { readSettings, secret } from './settings.ts';
import { runService, type ServiceContext } from './run-service.ts';
import { Type } from 'typebox';

/** A service for the lifecycle tests, started as a process of its own. Arguments: how it behaves, and how many ms it
 * may take to close. */
const behaviours: Record<string, (context: ServiceContext) => Promise<void>> = {
  async 'starts and waits'({ logger, onClose }) {
    onClose(() => logger.info('closed the pool'));
    onClose(async () => {
      await delay(30);
      logger.info('closed the listener');
    });
    logger.info('up');
  },
  async 'runs a loop'({ signal, logger, onClose }) {
    onClose(() => logger.info('closed the pool'));
    logger.info('up');
    while (!signal.aborted) await delay(10);
    logger.info('finished the batch');
  },
  async 'passes the abort on'({ signal, logger }) {
    logger.info('up');
    await delay(60_000, undefined, { signal });
  },
  async 'hangs while closing'({ logger, onClose }) {
    onClose(() => new Promise(() => undefined));
    logger.info('up');
  },
  async 'fails while closing'({ logger, onClose }) {
    onClose(() => logger.info('closed the pool'));
    onClose(() => Promise.reject(new Error('the socket is gone')));
    logger.info('up');
  },
  async 'cannot start'({ logger, onClose }) {
    onClose(() => logger.info('closed the pool'));
    throw new Error('the port is taken');
  },
  async 'fails while running'({ logger, onClose }) {
    onClose(() => logger.info('closed the pool'));
    logger.info('up');
    await delay(10);
    throw new Error('the loop broke');
  },
  async 'lacks a variable'() {
    readSettings(Type.Object({ DATABASE_URL: secret() }), {});
  },
  async 'throws later'({ logger, onClose }) {
    onClose(() => logger.info('closed the pool'));
    setImmediate(() => {
      throw new Error('a bug in a callback');
    });
  },
  async 'rejects later'() {
    void delay(1).then(() => Promise.reject(new Error('a bug in the background')));
  },
};

const [name = '', closeWithinMs = ''] = process.argv.slice(2);
const behaviour = behaviours[name];
if (!behaviour) throw new Error(`no such behaviour: ${name}`);
await runService({ name: 'fixture', closeWithinMs: Number(closeWithinMs), start: behaviour });
