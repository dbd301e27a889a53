import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useCallback } from 'react';
import { useGet } from '../../api/use-get.ts';
import { STATUS_LABELS } from '../../parts/migration-status.tsx';
import { SearchField } from './search-field.tsx';
import {
  type Filters,
  OPEN_STATUSES,
  orderLabel,
  SHARES,
  SORT_OPTIONS,
  type TenantRequest,
  withFirstPage,
} from './tenant-query.ts';

interface Option {
  readonly value: string;
  readonly label: string;
}

interface FilterSelectProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly value: string;
  /** Reason why it cannot be chosen at the moment. */
  readonly refusal?: string | undefined;
  readonly isLong?: boolean;
  readonly onChange: (value: string) => void;
}

const FilterSelect = ({ label, options, value, refusal, isLong, onChange }: FilterSelectProps) => (
  <FormField label={label} {...(refusal === undefined ? {} : { constraintText: refusal })}>
    <Select
      options={options}
      selectedOption={options.find((one) => one.value === value) ?? { value, label: value }}
      disabled={refusal !== undefined}
      {...(isLong ? { filteringType: 'auto' as const, filteringAriaLabel: `Find in: ${label}` } : {})}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
    />
  </FormField>
);

const MAX_TABLES = 100;
const ANY_STATUS: Option = { value: '', label: 'Any' };
const STATUS_OPTIONS: readonly Option[] = [
  ANY_STATUS,
  ...OPEN_STATUSES.map((status) => ({ value: status, label: STATUS_LABELS[status] })),
];

const shareOptions = (near: string): readonly Option[] => [
  { value: '', label: 'Any' },
  ...[...new Set([...SHARES.map(String), ...(near === '' ? [] : [near])])].map((value) => ({
    value,
    label: `${value} % or more`,
  })),
];

const sortOptions = ({ sort, sortRefusal }: TenantRequest, table: string): readonly Option[] => {
  if (sortRefusal !== undefined) return [{ value: sort, label: orderLabel(sort) }];
  return table === '' ? SORT_OPTIONS : SORT_OPTIONS.filter(({ value }) => value !== 'name');
};

interface TenantFiltersProps {
  readonly filters: Filters;
  readonly request: TenantRequest;
  readonly onChange: (change: Partial<Filters>) => void;
}

/** The filters of the list. Each one that is changed begins the list anew. */
export const TenantFilters = ({ filters, request, onChange }: TenantFiltersProps) => {
  const { tier, table, status, near } = filters;
  const change = useCallback((next: Partial<Filters>) => onChange(withFirstPage(next)), [onChange]);
  const search = useCallback(
    (text: string) => change({ search: text, ...(text === '' ? {} : { near: '', sort: '' }) }),
    [change],
  );
  const catalogue = useGet('/catalogue', {}, { isLive: false });
  const tables = useGet(
    '/tables',
    { query: { limit: MAX_TABLES, ...(tier === '' ? {} : { tier }) } },
    { isLive: false },
  );
  const tiers = catalogue.data?.value.tiers.map(({ name }) => name) ?? [];
  const names = tables.data?.value.tables.map((one) => one.table) ?? [];
  const optionsOf = (values: readonly string[], any: string): readonly Option[] => [
    { value: '', label: any },
    ...values.map((value) => ({ value, label: value })),
  ];
  return (
    <search className="tenant-filters" aria-label="Tenants">
      <FormField label="Search" constraintText="By their beginnings.">
        <SearchField value={filters.search} onSearch={search} />
      </FormField>
      <FilterSelect
        label="Tier"
        options={optionsOf(tiers, 'All tiers')}
        value={tier}
        onChange={(value) => change({ tier: value, table: '' })}
      />
      <FilterSelect
        label="Table"
        options={optionsOf(names, 'All tables')}
        value={table}
        isLong
        onChange={(value) => change({ table: value })}
      />
      <FilterSelect
        label="Migration"
        options={STATUS_OPTIONS}
        value={status}
        onChange={(value) => change({ status: value, sort: '' })}
      />
      <FilterSelect
        label="Share of the limit"
        options={shareOptions(request.nearRefusal === undefined ? near : '')}
        value={request.nearRefusal === undefined ? near : ''}
        refusal={request.nearRefusal}
        onChange={(value) => change({ near: value, sort: '' })}
      />
      <FilterSelect
        label="Sort by"
        options={sortOptions(request, table)}
        value={request.sort}
        refusal={request.sortRefusal}
        onChange={(value) => change({ sort: value })}
      />
    </search>
  );
};
