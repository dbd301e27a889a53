import { createContext, useContext } from 'react';
import type { Client } from './client.ts';
import type { Session } from './session.ts';

/** Objects that every view can access. */
export interface Console {
  readonly client: Client;
  readonly session: Session;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export const useConsole = (): Console => {
  const found = useContext(ConsoleContext);
  if (!found) throw new Error('a view is shown inside of the console only');
  return found;
};
