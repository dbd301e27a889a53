import { consoleHandler } from '../console/lambda/console-handler.ts';

export const handler = consoleHandler();
