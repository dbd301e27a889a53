import { consoleHandler } from './console-handler.ts';

export const handler = consoleHandler();
