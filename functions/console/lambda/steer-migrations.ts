import { consoleHandler, type StreamedHandler } from './console-handler.ts';

export const handler: StreamedHandler = consoleHandler();
