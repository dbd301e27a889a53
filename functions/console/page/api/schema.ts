/* Written by scripts/build/write-api-types.ts from docs/api/openapi.json; change the API instead. */

export type Problem = {
  /** `urn:tierferry:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Short and stable, for programs; docs/errors.md lists the codes of the core. */
  readonly code: string;
  /** The problem: what happened, and the state it left. */
  readonly detail: string;
  /** Data about the problem, e.g. `migrationId`; `keys` and `segments` are numbers of them. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** The recommended next action; null if there is none. */
  readonly next: NextStep | null;
  /** Problems of the request, by field. */
  readonly issues?: readonly {
    readonly path: string;
    readonly message: string;
  }[];
  /** First keys that were written after the flip. */
  readonly keys?: readonly string[];
  /** Latest event of the migration, with the operator who was first and the reason. */
  readonly latest?: Event;
  /** Last change of the tenant or table, with the operator who was first and the reason. */
  readonly lastChange?: {
    readonly by: string;
    readonly at: string;
    readonly reason?: string;
  };
};

export type NextStep = {
  readonly action: 'watch' | 'status' | 'report' | 'resume' | 'cutover' | 'retry' | 'cancel' | 'rollback';
  readonly migrationId: string;
} | {
  readonly action: 'doctor' | 'sweep' | 'show-queue' | 'list-migrations' | 'list-tenants' | 'list-tables';
} | {
  readonly action: 'show-tenant' | 'move-elsewhere' | 'remove-tenant';
  readonly tenantId: string;
} | {
  readonly action: 'migrate';
  readonly tenantId: string;
  readonly tier: string;
  readonly dedicated?: boolean;
} | {
  readonly action: 'retire-table';
  readonly table: string;
} | {
  readonly action: 'add-table';
  readonly tier: string;
  readonly table?: string;
} | {
  readonly action: 'mend';
  readonly finding: string;
} | {
  readonly action: 'by-hand';
  readonly todo: string;
};

export type Migration = {
  readonly migrationId: string;
  readonly tenantId: string;
  readonly source: {
    readonly tier: string;
    readonly placement: 'shared' | 'dedicated';
    readonly table: string;
  };
  readonly target: {
    readonly tier: string;
    readonly placement: 'shared' | 'dedicated';
    /** Absent until a slot is reserved. */
    readonly table?: string;
  };
  readonly status: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed';
  /** Number of executions of the state machine for this migration. */
  readonly attempt: number;
  readonly dryRun: boolean;
  readonly paused: boolean;
  readonly cutoverHeld: boolean;
  /** Absent if it has no limit. */
  readonly writeUnitsPerSecond?: number;
  /** Absent if the deployment's limit applies. */
  readonly readUnitsPerSecond?: number;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly reason: string;
  readonly urgent?: true;
  /** The migration that this one retries. */
  readonly retryOf?: string;
  /** Time for which the source is kept after the flip. */
  readonly holdMs: number;
  /** Present if a cancel, or after the flip a rollback, was requested. */
  readonly cancellation?: {
    readonly by: string;
    readonly reason: string;
    readonly endedPause?: true;
  };
  readonly failure?: {
    /** Code of the error; docs/errors.md lists the codes. */
    readonly error: string;
    readonly cause: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
    readonly at: string;
  };
  /** Number of cutovers that were started, including those that gave up. */
  readonly cutovers: number;
  /** Why the latest cutover gave up. */
  readonly cutoverFailure?: {
    /** Code of the error; docs/errors.md lists the codes. */
    readonly error: string;
    readonly cause: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
    readonly at: string;
    /** Number of keys that were written after every lease had run out, so by a process without the router. */
    readonly keysPastLeases: number;
  };
  /** Until registry has started, the end of copy is that of the last segment's copy, and changes are still applied and compared. */
  readonly stages: { readonly [Name in 'provision' | 'copy' | 'registry' | 'flip' | 'cleanUp']?: {
    readonly startedAt: string;
    readonly endedAt?: string;
  } };
  /** Time for which writes were fenced: in total, before the flip, and before the flip back. */
  readonly fences?: {
    readonly totalMs: number;
    readonly forwardMs?: number;
    readonly reverseMs?: number;
    /** When the phases of the fence ended, in ms since it began. */
    readonly forwardPhases?: {
      readonly leasesOut?: number;
      readonly sentinels?: number;
      readonly drained?: number;
      readonly compared?: number;
    };
    /** When the phases of the fence ended, in ms since it began. */
    readonly reversePhases?: {
      readonly leasesOut?: number;
      readonly sentinels?: number;
      readonly drained?: number;
      readonly compared?: number;
    };
  };
  /** Start of the latest fence, which a flip leaves here. Absent once writes were reopened. */
  readonly fencedAt?: string;
  readonly flippedAt?: string;
  readonly reverseFlippedAt?: string;
  /** Present while too many changes are left to apply for a cutover. */
  readonly convergence?: {
    readonly since: string;
    readonly backlog: number;
    readonly journalledPerSecond: number;
    readonly appliedPerSecond: number;
    readonly notConverging: boolean;
  };
  /** Why all keys are compared again before the next flip. */
  readonly gap?: {
    readonly at: string;
    readonly reason: string;
  };
  /** No fence begins before it: until then a router may use a route with a long lease. */
  readonly longLeasesOutAt?: string;
  /** Until then a write without an answer may take effect. */
  readonly lateCallsOutAt?: string;
  readonly finalBackup?: string;
  readonly updatedAt: string;
};

export type MigrationRow = {
  readonly migrationId: string;
  readonly tenantId: string;
  readonly source: {
    readonly tier: string;
    readonly placement: 'shared' | 'dedicated';
    readonly table: string;
  };
  readonly target: {
    readonly tier: string;
    readonly placement: 'shared' | 'dedicated';
    /** Absent until a slot is reserved. */
    readonly table?: string;
  };
  readonly status: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed';
  /** Number of executions of the state machine for this migration. */
  readonly attempt: number;
  readonly dryRun: boolean;
  readonly paused: boolean;
  readonly cutoverHeld: boolean;
  /** Absent if it has no limit. */
  readonly writeUnitsPerSecond?: number;
  /** Absent if the deployment's limit applies. */
  readonly readUnitsPerSecond?: number;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly reason: string;
  readonly urgent?: true;
  /** The migration that this one retries. */
  readonly retryOf?: string;
  /** Time for which the source is kept after the flip. */
  readonly holdMs: number;
  /** Present if a cancel, or after the flip a rollback, was requested. */
  readonly cancellation?: {
    readonly by: string;
    readonly reason: string;
    readonly endedPause?: true;
  };
  readonly failure?: {
    /** Code of the error; docs/errors.md lists the codes. */
    readonly error: string;
    readonly cause: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
    readonly at: string;
  };
  /** Number of cutovers that were started, including those that gave up. */
  readonly cutovers: number;
  /** Why the latest cutover gave up. */
  readonly cutoverFailure?: {
    /** Code of the error; docs/errors.md lists the codes. */
    readonly error: string;
    readonly cause: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
    readonly at: string;
    /** Number of keys that were written after every lease had run out, so by a process without the router. */
    readonly keysPastLeases: number;
  };
  /** Until registry has started, the end of copy is that of the last segment's copy, and changes are still applied and compared. */
  readonly stages: { readonly [Name in 'provision' | 'copy' | 'registry' | 'flip' | 'cleanUp']?: {
    readonly startedAt: string;
    readonly endedAt?: string;
  } };
  /** Time for which writes were fenced: in total, before the flip, and before the flip back. */
  readonly fences?: {
    readonly totalMs: number;
    readonly forwardMs?: number;
    readonly reverseMs?: number;
    /** When the phases of the fence ended, in ms since it began. */
    readonly forwardPhases?: {
      readonly leasesOut?: number;
      readonly sentinels?: number;
      readonly drained?: number;
      readonly compared?: number;
    };
    /** When the phases of the fence ended, in ms since it began. */
    readonly reversePhases?: {
      readonly leasesOut?: number;
      readonly sentinels?: number;
      readonly drained?: number;
      readonly compared?: number;
    };
  };
  /** Start of the latest fence, which a flip leaves here. Absent once writes were reopened. */
  readonly fencedAt?: string;
  readonly flippedAt?: string;
  readonly reverseFlippedAt?: string;
  /** Present while too many changes are left to apply for a cutover. */
  readonly convergence?: {
    readonly since: string;
    readonly backlog: number;
    readonly journalledPerSecond: number;
    readonly appliedPerSecond: number;
    readonly notConverging: boolean;
  };
  /** Why all keys are compared again before the next flip. */
  readonly gap?: {
    readonly at: string;
    readonly reason: string;
  };
  /** No fence begins before it: until then a router may use a route with a long lease. */
  readonly longLeasesOutAt?: string;
  /** Until then a write without an answer may take effect. */
  readonly lateCallsOutAt?: string;
  readonly finalBackup?: string;
  readonly updatedAt: string;
  /** stopped: no execution works on the migration until it is retried. */
  readonly execution: 'running' | 'waiting' | 'ended' | 'stopped' | 'unknown';
  /** The recommended next action; null if there is none. */
  readonly next: NextStep | null;
};

export type Action = {
  readonly name: 'pause' | 'resume' | 'hold-cutover' | 'cutover' | 'limit' | 'cancel' | 'rollback' | 'rollback-discarding' | 'abandon-rollback' | 'hold' | 'end-hold' | 'retry';
  readonly allowed: boolean;
  /** Reason why it is not allowed; null if it is. */
  readonly reason: string | null;
  /** Action to take instead; null if it is allowed, or nothing is better. */
  readonly next: NextStep | null;
  readonly danger: 'none' | 'disruptive' | 'irreversible';
  /** Text that the operator types to confirm it. */
  readonly confirm: 'none' | 'tenantId';
  readonly effect: string;
};

export type Event = {
  readonly at: string;
  readonly by: string;
  /** Absent in the event of the request. */
  readonly from?: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed';
  readonly to: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed';
  readonly reason: string;
  /** Present if `reason` contains the text of an error. */
  readonly failure?: {
    /** Code of the error; docs/errors.md lists the codes. */
    readonly error: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
  };
  /** The table that is live since this event, after a flip in either direction. Absent in all other events. */
  readonly flippedTo?: string;
};

export type Tenant = {
  readonly tenantId: string;
  /** Display name. */
  readonly name: string;
  /** Reason of the last change of the name. */
  readonly nameReason?: string;
  readonly tier: string;
  readonly placement: 'shared' | 'dedicated';
  readonly table: string;
  /** Absent if there is no limit. */
  readonly maxSchools?: number;
  readonly schoolCount: number;
  readonly schoolCountedAt: string;
  readonly autoMigrate?: 'off';
  readonly pinnedTier?: string;
  readonly wantsDedicated?: true;
  /** Reason of the last change of the preferences. */
  readonly preferencesReason?: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly createdReason?: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** The migration that holds the tenant lock. */
  readonly lockedBy?: string;
  readonly pending?: {
    readonly tier: string;
    readonly placement: 'shared' | 'dedicated';
    readonly table: string;
    readonly maxSchools?: number;
  };
  /** Present while the tenant is being removed. */
  readonly removal?: {
    readonly startedAt: string;
    readonly startedBy: string;
    readonly reason?: string;
  };
};

export type TenantRow = {
  readonly tenantId: string;
  /** Display name. */
  readonly name: string;
  readonly tier: string;
  readonly placement: 'shared' | 'dedicated';
  readonly table: string;
  readonly schoolCount: number;
  readonly maxSchools: number | null;
  /** Counted items as a share of the tier's limit; null for no limit. */
  readonly share: number | null;
  /** The migration that holds the tenant lock. */
  readonly lockedBy: string | null;
  readonly decision: {
    readonly kind: 'stay' | 'move' | 'manualAction';
    readonly tier?: string;
    readonly dedicated?: boolean;
    readonly reason: string;
  };
};

export type TierTable = {
  readonly table: string;
  readonly tier: string;
  readonly placement: 'shared' | 'dedicated';
  /** Present for a dedicated table only. */
  readonly tenantId?: string;
  readonly freeSlots: number;
  readonly tenants: number;
  readonly reserved: number;
  readonly departing: number;
  readonly state: 'active' | 'retiring' | 'dropping' | 'dropped';
  readonly createdBy?: string;
  readonly isAdopted?: true;
  /** The last operator who has added, retired or reinstated the table. */
  readonly operatorNote?: {
    readonly by: string;
    readonly reason: string;
    readonly at: string;
  };
};

export type TableRow = {
  readonly table: string;
  readonly tier: string;
  readonly placement: 'shared' | 'dedicated';
  /** Present for a dedicated table only. */
  readonly tenantId?: string;
  readonly freeSlots: number;
  readonly tenants: number;
  readonly reserved: number;
  readonly departing: number;
  readonly state: 'active' | 'retiring' | 'dropping' | 'dropped';
  readonly createdBy?: string;
  readonly isAdopted?: true;
  /** The last operator who has added, retired or reinstated the table. */
  readonly operatorNote?: {
    readonly by: string;
    readonly reason: string;
    readonly at: string;
  };
  /** Quoted as If-Match to retire or reinstate the table. */
  readonly stateTag: string;
  /** As the table was configured within the last minute; null if it could not be read. */
  readonly capacity: {
    /** onDemand: read and write are the maximum, if one is set. */
    readonly mode: 'provisioned' | 'onDemand';
    /** Units per second; null for no maximum. */
    readonly read: number | null;
    /** Units per second; null for no maximum. */
    readonly write: number | null;
  } | null;
  /** Units per second that the limits of migrations allow them to use of the table together. */
  readonly use: {
    /** Migrations that may work on the table now: admitted, cleaning up or being rolled back, and not paused. */
    readonly migrations: number;
    readonly read: number;
    /** null if one of them writes without a limit. */
    readonly write: number | null;
  };
};

/** link: by the token of the printed link. oidc: by authorization code with PKCE. */
export type SignIn = {
  readonly kind: 'link';
} | {
  readonly kind: 'oidc';
  /** An OpenID issuer, which is asked for its endpoints. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Origins of the issuer's endpoints, if they are not the issuer's own. */
  readonly origins?: readonly string[];
};

export type Session = {
  readonly subject: {
    readonly name: string;
    readonly role: 'viewer' | 'operator' | 'admin';
    readonly verified: boolean;
  };
  /** The prefix of the deployment's tables. */
  readonly deployment: string;
  /** The items of a tenant that are counted for the tiers' limits: schools, unless the settings name others. */
  readonly counted: {
    /** Beginning of their sort keys. */
    readonly prefix: string;
    /** Name of one of them. */
    readonly label: string;
    /** Name of several of them. */
    readonly labels: string;
  };
  /** Time of the server. A page computes the rest of a hold from it. */
  readonly now: string;
};

export type TenantList = {
  readonly tenants: readonly TenantRow[];
  /** Send it to get the next page; null at the end of the list. A page may have fewer rows than requested. */
  readonly cursor: string | null;
};

export type TenantDetail = {
  readonly tenant: Tenant;
  /** Quoted as If-Match to change the preferences. */
  readonly preferencesTag: string;
  /** Counted items as a share of the tier's limit; null for no limit. */
  readonly share: number | null;
  readonly decision: {
    readonly kind: 'stay' | 'move' | 'manualAction';
    readonly tier?: string;
    readonly dedicated?: boolean;
    readonly reason: string;
  };
  readonly route: {
    readonly tenantId: string;
    /** Number of the protocol that routers must follow. Absent for 1 in routes of earlier versions. */
    readonly protocol?: number;
    /** The live table. */
    readonly table: string;
    readonly epoch: number;
    readonly writes: 'open' | 'fenced';
    readonly leaseMs: number;
    readonly fence?: {
      readonly migrationId: string;
      readonly deadline: string;
    };
  } | null;
  readonly targets: readonly {
    readonly tier: string;
    readonly placement: 'shared' | 'dedicated';
    /** Another table of the tier that the tenant is in. */
    readonly elsewhere: boolean;
    readonly allowed: boolean;
    /** Reason why it is not allowed; null if it is. */
    readonly reason: string | null;
    /** True for at most one target: where the tenant has room to grow, or would move automatically. */
    readonly recommended: boolean;
  }[];
  readonly migrations: readonly MigrationRow[];
};

export type ChangedTenant = {
  readonly tenant: Tenant;
};

export type MigrationList = {
  readonly migrations: readonly MigrationRow[];
  /** Send it to get the next page; null at the end of the list. A page may have fewer rows than requested. */
  readonly cursor: string | null;
};

export type MigrationDetail = {
  readonly migration: Migration;
  /** stopped: no execution works on the migration until it is retried. */
  readonly execution: 'running' | 'waiting' | 'ended' | 'stopped' | 'unknown';
  readonly stoppedBy: {
    /** Code of the error; docs/errors.md lists the codes. */
    readonly error: string;
    readonly cause: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
  } | null;
  readonly segments: {
    readonly total: number;
    readonly surveyed: number;
    readonly copied: number;
    readonly compared: number;
    readonly verified: number;
    readonly cleaned: number;
  };
  /** Items as counted before the copy; no pass exceeds the total. */
  readonly items: {
    readonly total: number;
    readonly surveyed: number;
    readonly copied: number;
    readonly compared: number;
    readonly verified: number;
    readonly cleaned: number;
  };
  /** May exceed the counted items if the application adds some during the copy. */
  readonly itemsCopied: number;
  readonly rollbackUntil: string | null;
  /** The table in which the tenant lives now. */
  readonly liveTable: string;
  /** null unless the migration is being rolled back. */
  readonly rollback: {
    /** applying: changes made since the flip are applied to the source. fenced: the flip back follows. comparing: the target is compared with the source. waiting: earlier calls may still arrive. discarding: copies are deleted. */
    readonly step: 'applying' | 'fenced' | 'comparing' | 'waiting' | 'discarding';
    /** Until then a call that was made before may still arrive; the rollback does not end before. */
    readonly waitsUntil?: string;
  } | null;
  /** ARN of the latest attempt's execution; null if the state machine is not known. */
  readonly executionArn: string | null;
  readonly actions: readonly Action[];
  /** Send it as If-Match with an action. */
  readonly actionsTag: string;
  /** The recommended next action; null if there is none. */
  readonly next: NextStep | null;
};

export type ChangedMigration = {
  readonly migration: Migration;
  readonly actionsTag: string;
  /** The recommended next action; null if there is none. */
  readonly next: NextStep | null;
};

export type Actions = {
  readonly actions: readonly Action[];
  /** The recommended next action; null if there is none. */
  readonly next: NextStep | null;
};

export type EventList = {
  readonly events: readonly Event[];
};

export type SegmentList = {
  readonly segments: readonly {
    readonly number: number;
    readonly items: number;
    readonly state: 'counted' | 'surveyed' | 'copying' | 'copied' | 'verified' | 'cleaned' | 'differs';
  }[];
};

export type Figures = {
  /** When they were read, by the server's clock. */
  readonly at: string;
  /** By the counting pass: no pass exceeds the total. */
  readonly items: {
    readonly total: number;
    readonly surveyed: number;
    readonly copied: number;
    readonly compared: number;
    readonly verified: number;
    readonly cleaned: number;
  };
  readonly itemsCopied: number;
  /** Items that a rollback has deleted from the target. */
  readonly itemsDiscarded: number;
  readonly bytesCopied: number;
  /** Predicted from the pass under way; null if it cannot be known, and once writes are fenced. */
  readonly expectedFlipAt: string | null;
  /** Keys that the comparison before the cutover found different, and journalled. */
  readonly differing: number;
  /** Calls that DynamoDB throttled: writes of the copy, of applying and of discarding. Reads that were throttled are not counted. */
  readonly throttles: number;
  /** Keys left to apply; null while a cutover could take them all. */
  readonly backlog: number | null;
  /** Keys per second in the latest rounds of applying; null like the backlog. */
  readonly applying: {
    readonly journalledPerSecond: number;
    readonly appliedPerSecond: number;
  } | null;
  /** Capacity units used so far; what was tried twice counts twice, as on the bill. */
  readonly units: {
    readonly survey: {
      readonly read: number;
      readonly write: number;
    };
    readonly copy: {
      readonly read: number;
      readonly write: number;
    };
    readonly verify: {
      readonly read: number;
      readonly write: number;
    };
    readonly cleanUp: {
      readonly read: number;
      readonly write: number;
    };
    readonly apply: {
      readonly read: number;
      readonly write: number;
    };
    readonly discard: {
      readonly read: number;
      readonly write: number;
    };
  };
  /** Limits in force; null for none. */
  readonly limits: {
    readonly readUnitsPerSecond: number;
    readonly writeUnitsPerSecond: number | null;
  };
};

export type ComparisonList = {
  readonly segments: readonly {
    readonly number: number;
    /** As counted before the copy. */
    readonly items: number;
    /** null until both sides are compared. */
    readonly verified: {
      readonly source: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      readonly target: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      readonly changed: number;
    } | null;
    /** null before the flip. */
    readonly keptSource: {
      readonly atFlip: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      /** null until it is read after the hold. */
      readonly afterHold: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      } | null;
      /** Items that both leave out: DynamoDB may delete them. */
      readonly expiringItems: number;
    } | null;
    /** Keys on which the sides differ. */
    readonly differing: number;
  }[];
};

export type Plan = {
  readonly migrationId: string;
  readonly plan: {
    readonly tenantId: string;
    readonly plannedAt: string;
    readonly source: {
      readonly tier: string;
      readonly placement: 'shared' | 'dedicated';
      readonly table: string;
    };
    readonly target: {
      readonly tier: string;
      readonly placement: 'shared' | 'dedicated';
      readonly table: string;
    };
    readonly findings: readonly {
      readonly level: 'blocker' | 'warning';
      readonly code: string;
      readonly message: string;
      /** Action that mends it. */
      readonly remedy: string;
      /** The remedy as an action; absent if there is none. */
      readonly next?: NextStep;
      /** Number of items concerned. */
      readonly items?: number;
      /** The first of their keys. */
      readonly keys?: readonly string[];
    }[];
    readonly items: number;
    readonly bytes: number;
    readonly schools: number;
    readonly segments: number;
    readonly survey: {
      readonly byEntityType: Readonly<Record<string, {
        readonly items: number;
        readonly bytes: number;
      }>>;
      readonly largestItemBytes: number;
      readonly tableWriteUnits: number;
      readonly indexWriteUnits: number;
    };
    readonly creates: readonly string[];
    readonly estimate: {
      readonly stages: readonly {
        readonly stage: 'provision' | 'copy' | 'registry' | 'flip' | 'cleanUp';
        readonly readUnits: number;
        readonly writeUnits: number;
        readonly seconds: number;
      }[];
      readonly readUnits: number;
      readonly writeUnits: number;
      /** From the start to the flip. */
      readonly seconds: number;
      readonly fenceMs: number;
      readonly usd: Readonly<Record<string, number>>;
      readonly pricesAsOf: string;
    };
  };
  /** True if a finding is a blocker. */
  readonly blocked: boolean;
  /** Time until which a start may quote this plan. */
  readonly expiresAt: string;
};

export type Report = {
  /** sha256 is the SHA-256 of the other fields, as JSON with sorted keys. */
  readonly report: {
    readonly migrationId: string;
    readonly tenantId: string;
    readonly outcome: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed';
    readonly attempts: number;
    readonly source: {
      readonly tier: string;
      readonly placement: 'shared' | 'dedicated';
      readonly table: string;
    };
    readonly target: {
      readonly tier: string;
      readonly placement: 'shared' | 'dedicated';
      /** Absent until a slot is reserved. */
      readonly table?: string;
    };
    readonly verified?: {
      readonly source: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      readonly target: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      readonly changed: number;
    };
    readonly keptSource?: {
      readonly atFlip: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      readonly afterHold?: {
        readonly items: number;
        readonly bytes: number;
        readonly checksum: string;
      };
      /** Number of items that may expire, which both checksums leave out. */
      readonly expiringItems: number;
    };
    readonly differences: readonly {
      readonly key: string;
      /** missing: only on the source; extra: only on the target; different: on both. */
      readonly kind: 'missing' | 'extra' | 'different';
      /** SHA-256 of the item, in hex. */
      readonly source?: string;
      /** SHA-256 of the item, in hex. */
      readonly target?: string;
    }[];
    readonly differing: number;
    readonly foreign: readonly {
      readonly key: string;
      /** missing: only on the source; extra: only on the target; different: on both. */
      readonly kind: 'missing' | 'extra' | 'different';
      /** SHA-256 of the item, in hex. */
      readonly source?: string;
      /** SHA-256 of the item, in hex. */
      readonly target?: string;
    }[];
    readonly pastLeases?: {
      readonly keys: readonly string[];
      readonly total: number;
    };
    readonly cutovers: number;
    /** In ms. toFlipMs leaves out operatorWaitMs; stages and totalMs include it. */
    readonly durations: {
      readonly provision?: number;
      readonly copy?: number;
      readonly registry?: number;
      readonly flip?: number;
      readonly cleanUp?: number;
      readonly toFlipMs?: number;
      readonly operatorWaitMs?: number;
      readonly fenceMs?: number;
      readonly reverseFenceMs?: number;
      readonly fencedMs: number;
      readonly totalMs: number;
    };
    readonly units: {
      readonly survey: {
        readonly read: number;
        readonly write: number;
      };
      readonly copy: {
        readonly read: number;
        readonly write: number;
      };
      readonly verify: {
        readonly read: number;
        readonly write: number;
      };
      readonly cleanUp: {
        readonly read: number;
        readonly write: number;
      };
      readonly apply: {
        readonly read: number;
        readonly write: number;
      };
      readonly discard: {
        readonly read: number;
        readonly write: number;
      };
    };
    readonly predicted?: {
      readonly items: number;
      readonly toFlipMs: number;
      readonly readUnits: number;
      readonly writeUnits: number;
      readonly fenceMs: number;
    };
    readonly indexes?: readonly {
      readonly index: string;
    }[];
    readonly notes: readonly string[];
    readonly closedAt: string;
    readonly sha256: string;
  };
};

export type Queue = {
  readonly stopped: readonly Migration[];
  readonly running: readonly {
    readonly migration: Migration;
    readonly since: string;
  }[];
  readonly waiting: readonly {
    readonly migrationId: string;
    readonly tenantId: string;
    readonly source: {
      readonly tier: string;
      readonly placement: 'shared' | 'dedicated';
      readonly table: string;
    };
    readonly target: {
      readonly tier: string;
      readonly placement: 'shared' | 'dedicated';
      /** Absent until a slot is reserved. */
      readonly table?: string;
    };
    readonly status: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed';
    /** Number of executions of the state machine for this migration. */
    readonly attempt: number;
    readonly dryRun: boolean;
    readonly paused: boolean;
    readonly cutoverHeld: boolean;
    /** Absent if it has no limit. */
    readonly writeUnitsPerSecond?: number;
    /** Absent if the deployment's limit applies. */
    readonly readUnitsPerSecond?: number;
    readonly requestedBy: string;
    readonly requestedAt: string;
    readonly reason: string;
    readonly urgent?: true;
    /** The migration that this one retries. */
    readonly retryOf?: string;
    /** Time for which the source is kept after the flip. */
    readonly holdMs: number;
    /** Present if a cancel, or after the flip a rollback, was requested. */
    readonly cancellation?: {
      readonly by: string;
      readonly reason: string;
      readonly endedPause?: true;
    };
    readonly failure?: {
      /** Code of the error; docs/errors.md lists the codes. */
      readonly error: string;
      readonly cause: string;
      /** Next action that the error named; absent if it named none. */
      readonly next?: NextStep;
      readonly at: string;
    };
    /** Number of cutovers that were started, including those that gave up. */
    readonly cutovers: number;
    /** Why the latest cutover gave up. */
    readonly cutoverFailure?: {
      /** Code of the error; docs/errors.md lists the codes. */
      readonly error: string;
      readonly cause: string;
      /** Next action that the error named; absent if it named none. */
      readonly next?: NextStep;
      readonly at: string;
      /** Number of keys that were written after every lease had run out, so by a process without the router. */
      readonly keysPastLeases: number;
    };
    /** Until registry has started, the end of copy is that of the last segment's copy, and changes are still applied and compared. */
    readonly stages: { readonly [Name in 'provision' | 'copy' | 'registry' | 'flip' | 'cleanUp']?: {
      readonly startedAt: string;
      readonly endedAt?: string;
    } };
    /** Time for which writes were fenced: in total, before the flip, and before the flip back. */
    readonly fences?: {
      readonly totalMs: number;
      readonly forwardMs?: number;
      readonly reverseMs?: number;
      /** When the phases of the fence ended, in ms since it began. */
      readonly forwardPhases?: {
        readonly leasesOut?: number;
        readonly sentinels?: number;
        readonly drained?: number;
        readonly compared?: number;
      };
      /** When the phases of the fence ended, in ms since it began. */
      readonly reversePhases?: {
        readonly leasesOut?: number;
        readonly sentinels?: number;
        readonly drained?: number;
        readonly compared?: number;
      };
    };
    /** Start of the latest fence, which a flip leaves here. Absent once writes were reopened. */
    readonly fencedAt?: string;
    readonly flippedAt?: string;
    readonly reverseFlippedAt?: string;
    /** Present while too many changes are left to apply for a cutover. */
    readonly convergence?: {
      readonly since: string;
      readonly backlog: number;
      readonly journalledPerSecond: number;
      readonly appliedPerSecond: number;
      readonly notConverging: boolean;
    };
    /** Why all keys are compared again before the next flip. */
    readonly gap?: {
      readonly at: string;
      readonly reason: string;
    };
    /** No fence begins before it: until then a router may use a route with a long lease. */
    readonly longLeasesOutAt?: string;
    /** Until then a write without an answer may take effect. */
    readonly lateCallsOutAt?: string;
    readonly finalBackup?: string;
    readonly updatedAt: string;
    /** The limit that keeps it waiting; null if it is admitted with the next change. */
    readonly waitsFor: 'total' | 'perSource' | 'perTarget' | null;
  }[];
  readonly damaged: string | null;
  readonly limits: {
    readonly total: number;
    readonly perSource: number;
    readonly perTarget: number;
    readonly urgentShare: number;
  };
};

export type TableList = {
  readonly tables: readonly TableRow[];
  /** Send it to get the next page; null at the end of the list. A page may have fewer rows than requested. */
  readonly cursor: string | null;
};

export type ChangedTable = {
  readonly table: TierTable;
};

export type RetiredTable = {
  readonly table: string;
  readonly requested: readonly string[];
  readonly stays: readonly {
    readonly tenantId: string;
    readonly reason: string;
    /** Next action that the error named; absent if it named none. */
    readonly next?: NextStep;
  }[];
};

export type Catalogue = {
  readonly tiers: readonly {
    readonly name: string;
    readonly placement: 'shared' | 'dedicated';
    readonly dedicatedOnRequest: boolean;
    readonly maxSchools?: number;
    readonly maxTenants: number;
  }[];
};

export type Diagnosis = {
  readonly healthy: boolean;
  readonly findings: readonly {
    readonly id: string;
    readonly severity: 'stop' | 'wrong' | 'leftOver';
    readonly tenantId?: string;
    readonly migrationId?: string;
    readonly table?: string;
    readonly what: string;
    readonly next: (NextStep) & ({
      /** The action as a command; absent for `by-hand`. */
      readonly command?: string;
    });
  }[];
  readonly records: number;
  readonly tenants: number;
  readonly at: string;
};

export type MendedFinding = {
  readonly mended: {
    readonly id: string;
    readonly severity: 'stop' | 'wrong' | 'leftOver';
    readonly tenantId?: string;
    readonly migrationId?: string;
    readonly table?: string;
    readonly what: string;
    readonly next: (NextStep) & ({
      /** The action as a command; absent for `by-hand`. */
      readonly command?: string;
    });
  };
};

/** Documents that the API gives, by path. */
export interface Gets {
  /** Shows how a page gets its token. It needs none. */
  readonly '/sign-in': {
    readonly params: object;
    readonly query: object;
    readonly answer: SignIn;
  };
  /** Shows the subject of the caller, the deployment, and what is counted for the limits of its tiers. */
  readonly '/session': {
    readonly params: object;
    readonly query: object;
    readonly answer: Session;
  };
  /** Shows running, queued and stopped migrations. */
  readonly '/queue': {
    readonly params: object;
    readonly query: object;
    readonly answer: Queue;
  };
  /** Shows the tiers and their limits. */
  readonly '/catalogue': {
    readonly params: object;
    readonly query: object;
    readonly answer: Catalogue;
  };
  /** Lists tenants by an index: a page costs at most 25 read units. */
  readonly '/tenants': {
    readonly params: object;
    readonly query: { readonly search?: string; readonly tier?: string; readonly table?: string; readonly status?: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'rollingBack'; readonly near?: number | null; readonly sort?: 'id' | 'name' | 'share'; readonly limit?: number; readonly cursor?: string };
    readonly answer: TenantList;
  };
  /** Shows a tenant, its route, its targets and its latest migrations. */
  readonly '/tenants/{tenantId}': {
    readonly params: { readonly tenantId: string };
    readonly query: object;
    readonly answer: TenantDetail;
  };
  /** Lists the tier tables with their occupancy and capacity, tier by tier. */
  readonly '/tables': {
    readonly params: object;
    readonly query: { readonly tier?: string; readonly all?: 'true' | 'false'; readonly limit?: number; readonly cursor?: string };
    readonly answer: TableList;
  };
  /** Reads all control records and shows inconsistencies. */
  readonly '/doctor': {
    readonly params: object;
    readonly query: object;
    readonly answer: Diagnosis;
  };
  /** Lists migrations, latest first. */
  readonly '/migrations': {
    readonly params: object;
    readonly query: { readonly tenant?: string; readonly status?: 'queued' | 'planning' | 'provisioning' | 'copying' | 'catchingUp' | 'cuttingOver' | 'holding' | 'cleaningUp' | 'completed' | 'rollingBack' | 'rolledBack' | 'cancelled' | 'failed'; readonly limit?: number; readonly cursor?: string };
    readonly answer: MigrationList;
  };
  /** Shows the state of a migration and the actions on it. */
  readonly '/migrations/{migrationId}': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: MigrationDetail;
  };
  /** Shows the audit trail of a migration, oldest first. */
  readonly '/migrations/{migrationId}/events': {
    readonly params: { readonly migrationId: string };
    readonly query: { readonly after?: number | null };
    readonly answer: EventList;
  };
  /** Shows the plan of a migration or of a dry run. A start quotes its ETag. */
  readonly '/migrations/{migrationId}/plan': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: Plan;
  };
  /** Shows the report of a migration. */
  readonly '/migrations/{migrationId}/report': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: Report;
  };
  /** Shows the state of each segment, without its keys. */
  readonly '/migrations/{migrationId}/segments': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: SegmentList;
  };
  /** Shows what a migration has copied, compared and used so far. */
  readonly '/migrations/{migrationId}/figures': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: Figures;
  };
  /** Shows both sides of each segment as they were compared: items, bytes and checksums. */
  readonly '/migrations/{migrationId}/comparisons': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: ComparisonList;
  };
  /** Shows the actions on a migration. A request for an action quotes the ETag. */
  readonly '/migrations/{migrationId}/actions': {
    readonly params: { readonly migrationId: string };
    readonly query: object;
    readonly answer: Actions;
  };
}

/** Requests that change something, by path. */
export interface Posts {
  /** Changes whether and where a tenant moves when it outgrows its tier. */
  readonly '/tenants/{tenantId}/preferences': {
    readonly params: { readonly tenantId: string };
    readonly query: object;
    readonly body: {
      /** Reason for the audit trail. */
      readonly reason: string;
      readonly autoMigrate?: 'on' | 'off';
      /** A tier, or `none`. */
      readonly pin?: string;
      readonly dedicated?: boolean;
    };
    readonly answer: ChangedTenant;
  };
  /** Stops placing tenants in a table and requests migrations of its tenants within the tier. */
  readonly '/tables/{table}/retire': {
    readonly params: { readonly table: string };
    readonly query: object;
    readonly body: {
      /** Reason for the audit trail. */
      readonly reason: string;
    };
    readonly answer: RetiredTable;
  };
  /** Allows a table that was being retired to take tenants again. */
  readonly '/tables/{table}/reinstate': {
    readonly params: { readonly table: string };
    readonly query: object;
    readonly body: {
      /** Reason for the audit trail. */
      readonly reason: string;
    };
    readonly answer: ChangedTable;
  };
  /** Mends one finding if it still exists. */
  readonly '/doctor/mend': {
    readonly params: object;
    readonly query: object;
    readonly body: {
      readonly finding: string;
      /** Reason for the audit trail. */
      readonly reason: string;
    };
    readonly answer: MendedFinding;
  };
  /** Requests the migration of a plan that is at most 15 minutes old. */
  readonly '/migrations': {
    readonly params: object;
    readonly query: object;
    readonly body: {
      /** The dry run, and the ETag of its plan. */
      readonly plan: {
        readonly migrationId: string;
        readonly etag: string;
      };
      /** Time for which the source is kept. Default: the deployment's setting. */
      readonly holdMs?: number;
      /** The cutover waits until an operator releases it. */
      readonly holdCutover?: boolean;
      readonly writeUnitsPerSecond?: number;
      readonly readUnitsPerSecond?: number;
      /** Reason for the audit trail. */
      readonly reason: string;
    };
    readonly answer: ChangedMigration;
  };
  /** Carries out an action. */
  readonly '/migrations/{migrationId}/actions/{action}': {
    readonly params: { readonly migrationId: string; readonly action: 'pause' | 'resume' | 'hold-cutover' | 'cutover' | 'limit' | 'cancel' | 'rollback' | 'rollback-discarding' | 'abandon-rollback' | 'hold' | 'end-hold' | 'retry' };
    readonly query: object;
    readonly body: {
      /** Reason for the audit trail. */
      readonly reason: string;
      /** The tenant's id, for an action that has to be confirmed. */
      readonly confirm?: string;
      /** For `hold`: how long the source is kept after the flip. */
      readonly holdMs?: number;
      /** Required by `limit`. */
      readonly writeUnitsPerSecond?: number | 'none';
      /** Required by `limit`. */
      readonly readUnitsPerSecond?: number | 'none';
    };
    readonly answer: ChangedMigration;
  };
  /** Requests a dry run, which plans a migration on live data and changes nothing. */
  readonly '/plans': {
    readonly params: object;
    readonly query: object;
    readonly body: {
      readonly tenantId: string;
      /** A tier, or `elsewhere` for another table of the tier that the tenant is in. */
      readonly to: {
        readonly tier: string;
        readonly dedicated?: boolean;
      } | 'elsewhere';
      /** Reason for the audit trail. Default: `planned by hand`. */
      readonly reason?: string;
    };
    readonly answer: ChangedMigration;
  };
}
