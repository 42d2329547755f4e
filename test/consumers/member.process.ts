/** A program: a member of a group that dies by SIGKILL at a point. Its parent sends it the plan. */
import { type MemberPlan, nothingPlanted, type Planted, startMember } from './member.ts';

export interface DoomedPlan extends MemberPlan {
  readonly diesAt: keyof Planted;
  /** How often it passes the point before. */
  readonly survives: number;
}

process.once('disconnect', () => process.exit(1));
process.once('message', ({ diesAt, survives, ...plan }: DoomedPlan) => {
  let passed = 0;
  const die = (): void => {
    passed += 1;
    if (passed > survives) process.kill(process.pid, 'SIGKILL');
  };
  void startMember(plan, { ...nothingPlanted, [diesAt]: die }); // what it throws ends the process
});
