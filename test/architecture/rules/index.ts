import type { Violation, Workspaces } from '../places.ts';
import type { SourceFile } from '../source-file.ts';
import { checkerStandsAlone, onlyKafkaImportsItsClients, ordersStayOutside } from './boundaries.ts';
import { importsAreDeclared, packagesAreEnteredByName, productionAvoidsTests } from './dependencies.ts';
import {
  importsPointOneWay,
  kafkaTakesOnlyThePortFromOutbox,
  publisherPortStandsAlone,
  retryStandsAlone,
} from './direction.ts';
import { domainIsPure, relayEngineSpeaksSql, serviceHostIsForRoots } from './layers.ts';
import { environmentIsReadAtTheTop, exitIsCalledAtTheTop } from './process.ts';
import {
  longFilesExplainThemselves,
  longFunctionsExplainThemselves,
  namesSayWhatFilesAreFor,
} from './shape.ts';

/** A rule is a pure function from one file to what is wrong with it. */
export type Rule = (file: SourceFile, workspaces: Workspaces) => Violation[];

/** Every rule that holds for every file. */
export const rules: Readonly<Record<string, Rule>> = {
  importsPointOneWay,
  retryStandsAlone,
  ordersStayOutside,
  onlyKafkaImportsItsClients,
  kafkaTakesOnlyThePortFromOutbox,
  publisherPortStandsAlone,
  checkerStandsAlone,
  serviceHostIsForRoots,
  domainIsPure,
  relayEngineSpeaksSql,
  importsAreDeclared,
  packagesAreEnteredByName,
  productionAvoidsTests,
  environmentIsReadAtTheTop,
  exitIsCalledAtTheTop,
  namesSayWhatFilesAreFor,
  longFilesExplainThemselves,
  longFunctionsExplainThemselves,
};
