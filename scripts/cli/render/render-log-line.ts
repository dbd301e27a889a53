import * as z from 'zod';
import { withVisibleControls } from './control-characters.ts';

/** pino's number for `warn`. [pino, API: logger.levels] */
const WARN = 40;

const LogLine = z.looseObject({ level: z.number(), msg: z.string(), time: z.number() });

/** Renders a line of the JSON log for a person: `warning: records not taken (table saas-a, tries 3)`. */
export const renderLogLine = (line: string): string => {
  const { level, msg, time: _, ...fields } = LogLine.parse(JSON.parse(line));
  const facts = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
  return withVisibleControls(
    `${level >= WARN ? 'warning: ' : ''}${msg}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`,
  );
};
