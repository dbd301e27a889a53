import { runSimulation } from '@cloud-copilot/iam-simulate';
import { type Grant, textOf } from './policies.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
const TOKENS: Readonly<Record<string, string>> = {
  '<AWS::Partition>': 'aws',
  '<AWS::AccountId>': ACCOUNT,
  '<AWS::Region>': REGION,
};

/** Our key, under the name that the other stack exports. */
export const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;

/**
 * Values that CloudFormation would fill in. Any other reference to a resource of the stack becomes an ARN that is used
 * nowhere else.
 */
const filled = (text: string): string =>
  Object.entries(TOKENS)
    .reduce((sum, [token, value]) => sum.replaceAll(token, value), text)
    .replaceAll(/<([^>]+)>/g, (_, name: string) =>
      name.includes('RecordsKey')
        ? KEY
        : `arn:aws:iam::${ACCOUNT}:role/${name.replaceAll(/[^A-Za-z0-9]/g, '-')}`,
    );

const deep = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(deep);
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value);
    if (names.length === 1 && /^(Ref|Fn::)/.test(names[0] ?? '')) return filled(textOf(value));
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, deep(one)]));
  }
  return typeof value === 'string' ? filled(value) : value;
};

/** The policy that a role's grants make. */
export const policyOf = (grants: readonly Grant[]) => ({
  Version: '2012-10-17',
  Statement: grants.map(({ actions, resources, conditions }) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: resources.map(filled),
    ...(conditions === undefined ? {} : { Condition: deep(conditions) }),
  })),
});

/** CDK's own key policy: it leaves access to the account's policies. */
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
};

/** True if IAM allows the request by this policy alone. @throws Error if IAM has no such request. */
export const isAllowed = async (
  policy: ReturnType<typeof policyOf>,
  action: string,
  resource: string,
  contextVariables: Readonly<Record<string, string | string[]>> = {},
): Promise<boolean> => {
  const answer = await runSimulation(
    {
      identityPolicies: [{ name: 'role', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith('kms:') ? { resourcePolicy: KEY_POLICY } : {}),
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/state`,
        action,
        resource: { accountId: ACCOUNT, resource },
        contextVariables: { ...contextVariables },
      },
    },
    {},
  );
  if (answer.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
};
