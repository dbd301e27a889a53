import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';

/** One statement of a policy; values that CloudFormation fills in are shown as `<name>`. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: unknown;
}

const oneOrMore = <T extends z.ZodType>(one: T) =>
  z.union([z.array(one), one.transform((value) => [value])]) as z.ZodType<z.output<T>[]>;
const Policy = z.object({
  Properties: z.object({
    Roles: z.array(z.object({ Ref: z.string() })),
    PolicyDocument: z.object({
      Statement: z.array(
        z.object({
          Effect: z.literal('Allow'),
          Action: oneOrMore(z.string()),
          Resource: oneOrMore(z.unknown()),
          Condition: z.unknown().optional(),
        }),
      ),
    }),
  }),
});
const Role = z.object({ Metadata: z.object({ 'aws:cdk:path': z.string() }).optional() });

/** The statements of each role, by the state or state machine that the role belongs to. */
export const grantsByRole = (template: Template): ReadonlyMap<string, readonly Grant[]> => {
  const owners = new Map(
    Object.entries(template.findResources('AWS::IAM::Role')).map(([id, role]) => [id, ownerOf(id, role)]),
  );
  const grants = new Map<string, Grant[]>();
  for (const found of Object.values(template.findResources('AWS::IAM::Policy'))) {
    const { Roles, PolicyDocument } = Policy.parse(found).Properties;
    for (const { Ref } of Roles) {
      const owner = owners.get(Ref) ?? Ref;
      const given = PolicyDocument.Statement.map(({ Action, Resource, Condition }) => ({
        actions: Action,
        resources: Resource.map(textOf),
        conditions: Condition,
      }));
      grants.set(owner, [...(grants.get(owner) ?? []), ...given]);
    }
  }
  return grants;
};

/**
 * `TierferryMigration/Workflow/CopySegment/Role/Resource` is CopySegment's, `.../rollback-role/Resource` rollback's.
 */
const ownerOf = (id: string, role: unknown): string => {
  const path = Role.parse(role).Metadata?.['aws:cdk:path'].split('/') ?? [];
  const name = path.at(-2) === 'Role' ? path.at(-3) : path.at(-2);
  return name?.replace(/-role$/, '') ?? id;
};

export const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'];
    return Array.isArray(parts) ? parts.map(textOf).join(String(separator)) : '?';
  }
  return `<${Object.values(value).flat().join('.')}>`;
};

export const actionsOf = (
  grants: readonly Grant[],
  isWanted: (resource: string) => boolean,
): readonly string[] & string[] => [
  ...new Set(grants.filter(({ resources }) => resources.some(isWanted)).flatMap(({ actions }) => actions)),
];

/** Resources with a wildcard, without the part that names the account. */
export const wildcards = ({ resources }: Grant): string[] =>
  resources
    .filter((resource) => resource.includes('*'))
    .map((resource) => resource.replace(/^arn:.*<AWS::AccountId>:/, ''));
