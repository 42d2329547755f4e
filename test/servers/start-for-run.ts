import path from 'node:path';
import { chooseServer, forcedBy } from '../../infra/local/choose-server.ts';
import { freePort, type Progress, type RunningServer } from '../../infra/local/index.ts';
import type { ServerKind } from '../../infra/local/servers.ts';

/**
 * Starts a server that lives as long as a run's folder.
 *
 * @param given one that another run of the tests has started. Never an operator's: tests make and drop what they like
 */
export function startForRun(
  kind: ServerKind,
  folder: string,
  progress: Progress,
  given?: string,
): Promise<RunningServer> {
  return chooseServer(kind, {
    given,
    forced: forcedBy(process.env),
    docker: { name: path.basename(folder).toLowerCase(), folder, volumes: 'remove' },
    takePort: freePort,
    options: { dataDir: path.join(folder, kind.service), progress },
  });
}
