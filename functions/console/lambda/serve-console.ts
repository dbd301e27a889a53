import { consoleHandler } from './console-handler.ts';

export const handler = consoleHandler(new URL('page', import.meta.url));
