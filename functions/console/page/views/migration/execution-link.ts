/** Partitions of AWS whose console has a host of its own. */
const HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-cn': 'console.amazonaws.cn',
};
/** Account of the embedded stack, which has no console. */
const EMBEDDED = '000000000000';

/** Returns the address of an execution in the Step Functions console; undefined for one that is not on AWS. */
export const executionLink = (arn: string | null): string | undefined => {
  const [, partition = '', service, region = '', account] = arn?.split(':') ?? [];
  const host = HOSTS[partition];
  if (arn === null || service !== 'states' || host === undefined || account === EMBEDDED) return undefined;
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${arn}`;
};
