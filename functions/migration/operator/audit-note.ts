/** The operator who makes a request, and the reason, for the audit trail. */
export interface AuditNote {
  readonly by: string;
  readonly reason: string;
}
