import { runByShiftedClock } from './shifted-clock.ts';

runByShiftedClock();
