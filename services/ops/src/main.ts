#!/usr/bin/env node
import { runCommandLine } from './command-line/run.ts';
import { withLocalEndpoints } from './endpoints.ts';
import { outputTo } from './output.ts';

function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  terminal: { out: outputTo(process.stdout), err: outputTo(process.stderr) },
  environment: () => withLocalEndpoints(process.env),
  interruption,
});
