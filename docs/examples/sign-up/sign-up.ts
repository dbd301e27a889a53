import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Admin } from 'tierferry/admin';

/** A district that signs up. Its id was stored with the sign-up before the first attempt, and is the same in each attempt. */
export interface SignUp {
  readonly tenantId: string;
  readonly name: string;
}

export interface SignUpClients {
  readonly admin: Pick<Admin, 'importTenants'>;
  /** The routed client of the application. */
  readonly documents: DynamoDBDocumentClient;
}

const TABLE = 'school-data';
const TIER = 'basic';
/** Maximum number of attempts if other sign-ups register tenants in the same table at the same time. */
const TRIES = 5;

/** Registration failed. Nothing was registered, unless another attempt has succeeded meanwhile. */
export class RegistrationFailed extends Error {
  /** Code of Tierferry's error, as docs/errors.md lists them. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'RegistrationFailed';
    this.code = code;
  }
}

/**
 * Registers a district and writes its first item. Safe to repeat: each attempt does what is still missing.
 * @throws RegistrationFailed, and the errors of Tierferry and DynamoDB
 */
export const signUp = async ({ admin, documents }: SignUpClients, given: SignUp): Promise<void> => {
  await register(admin, given);
  await putOnce(documents, {
    tenantId: given.tenantId,
    entityKey: 'DISTRICT',
    entityType: 'DISTRICT',
    name: given.name,
  });
};

const register = async (admin: SignUpClients['admin'], { tenantId, name }: SignUp): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const [result] = await admin.importTenants([{ tenantId, name, tier: TIER }], { by: 'sign-up' });
    // `unchanged` and `different`: an earlier attempt has registered it, and it may have been renamed or moved since
    if (result?.kind !== 'failed') return;
    if (result.code !== 'Conflict' || tries >= TRIES)
      throw new RegistrationFailed(result.code, result.message);
  }
};

/** Puts an item unless it exists: a late attempt must not overwrite what users have changed. */
const putOnce = async (documents: DynamoDBDocumentClient, Item: Record<string, unknown>): Promise<void> => {
  try {
    await documents.send(
      new PutCommand({ TableName: TABLE, Item, ConditionExpression: 'attribute_not_exists(entityKey)' }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};
