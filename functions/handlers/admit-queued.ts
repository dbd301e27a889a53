import { createDispatcher } from '../aws/dispatcher.ts';

export const handler = createDispatcher();
