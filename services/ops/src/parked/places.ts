import { Argument } from 'commander';
import { wholeNumber } from '../command-line/arguments.ts';
import { OperatorError } from '../operator-error.ts';

export function laneArgument(): Argument {
  return new Argument('<lane>', 'as parked list shows it').argParser(wholeNumber(1));
}

export function seqArgument(): Argument {
  return new Argument('<seq>', 'as parked list shows it').argParser(wholeNumber(1));
}

export function notParked(lane: number, seq: number): OperatorError {
  return new OperatorError(`Nothing is parked as seq ${seq} of lane ${lane}.`, { code: 'NOT_FOUND' });
}
