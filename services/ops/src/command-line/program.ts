import { Command } from 'commander';
import { registerAudit } from '../audit/register-audit.ts';
import { registerDemo } from '../demo/register-demo.ts';
import { registerDlq } from '../dlq/register-dlq.ts';
import { registerDoctor } from '../doctor/register-doctor.ts';
import { exitCodes } from '../exit-codes.ts';
import { registerJobs } from '../jobs/register-jobs.ts';
import { registerLanes } from '../lanes/register-lanes.ts';
import { registerParked } from '../parked/register-parked.ts';
import { registerProjection } from '../projection/register-projection.ts';
import { registerReconcile } from '../reconcile/register-reconcile.ts';
import { registerReplay } from '../replay/register-replay.ts';
import { registerSource } from '../source/register-source.ts';
import { registerStatus } from '../status/register-status.ts';
import { registerPausing } from '../steer/register-pausing.ts';
import { registerTail } from '../tail/register-tail.ts';
import { registerToken } from '../token/register-token.ts';
import type { CommandContext } from './context.ts';

const exitCodesInHelp = `
Every command takes --json: standard output is then nothing but JSON, and an error is {"error":{"code","message"}} on
standard error.

Exit codes:
  ${exitCodes.fine}  done, and nothing is wrong
  ${exitCodes.failed}  what was asked failed, or was not carried out in time
  ${exitCodes.usage}  the command line cannot be understood; nothing was done
  ${exitCodes.findings}  done, and something was found that somebody has to look at

Without a Waybill that npm start runs from this folder, the environment says where things are:
  WAYBILL_DATABASE_URL  the order database, as waybill_ops
  WAYBILL_SALES_DATABASE_URL  the database of sales-projection, as waybill_ops (dlq, projection)
  KAFKA_BROKERS         host:port, separated by commas; KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME,
                        KAFKA_SASL_PASSWORD and KAFKA_TLS where they ask who one is
  WAYBILL_API_URL, WAYBILL_TOKEN_FILE  the order API, and a file with a token of all scopes (demo)
  KAFKA_GROUP           the projection's, unless it is sales-projection (demo)
  WAYBILL_SIGNING_KEY_FILE  a private JWK that the order API trusts (token)
`;

/** The whole command line. It throws CommanderError instead of ending the process. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('waybill')
    .description('Operates a running Waybill.')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // whoever catches the error says it
    .addHelpText('after', exitCodesInHelp);
  registerStatus(program, context);
  registerLanes(program, context);
  registerDoctor(program, context);
  registerParked(program, context);
  registerDlq(program, context);
  registerPausing(program, context);
  registerProjection(program, context);
  registerReconcile(program, context);
  registerReplay(program, context);
  registerSource(program, context);
  registerJobs(program, context);
  registerTail(program, context);
  registerAudit(program, context);
  registerToken(program, context);
  registerDemo(program, context);
  return program;
}
