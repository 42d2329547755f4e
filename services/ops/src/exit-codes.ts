/** What a script may rely on. They stand in `waybill --help`, and stay what they are. */
export const exitCodes = {
  /** Done, and nothing is wrong. */
  fine: 0,
  /** What was asked failed, or was not carried out in time. */
  failed: 1,
  /** The command line cannot be understood; nothing was done. */
  usage: 2,
  /** Done, and something was found that somebody has to look at. */
  findings: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
