import { findStack } from '../local/running-stack.ts';

/** Variables by which a user chooses where commands connect to. */
const CHOICES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_SFN',
  'TIERFERRY_STATE_MACHINE_ARN',
  'TIERFERRY_ROLLBACK_STATE_MACHINE_ARN',
];

/**
 * Finds the local stack that was started in the folder or above it. It is used only if the environment chooses no other
 * connection.
 */
export const findConnection = async (env: NodeJS.ProcessEnv, folder: string) =>
  CHOICES.some((name) => env[name]) ? undefined : findStack(folder);
