import path from 'node:path';
import { repositoryRoot } from '../repository-root.ts';

/** Everything that `npm start` makes lies below; removing it with nothing running starts afresh. */
export const home = path.join(repositoryRoot, '.local');

/** What others read to find the running system. */
export const endpointsFile = path.join(home, 'endpoints.json');

export const dataDirOf = (server: string): string => path.join(home, server);
export const logsDir = path.join(home, 'logs');
export const logFileOf = (name: string): string => path.join(logsDir, `${name}.log`);
/** Holds the pid files of the services. */
export const runDir = path.join(home, 'run');
