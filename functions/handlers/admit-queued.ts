import { dispatcher } from '../aws/dispatcher.ts';

export const handler = dispatcher();
