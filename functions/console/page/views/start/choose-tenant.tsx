import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import { useState } from 'react';
import { useGet } from '../../api/use-get.ts';
import { CountedBar } from '../../parts/counted-bar.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { paths, To } from '../../parts/to.tsx';
import { SearchField } from '../tenants/search-field.tsx';

const MAX_ROWS = 10;

/** Finds the tenant to move, if the address names none. */
export const ChooseTenant = () => {
  const [search, setSearch] = useState('');
  const list = useGet('/tenants', {
    query: { limit: MAX_ROWS, ...(search === '' ? {} : { search }) },
  });
  return (
    <Container>
      <FormField label="Tenant to move" description="Search by the start of its id or name.">
        <SearchField value={search} onSearch={setSearch} />
      </FormField>
      <Loaded of={list} lines={8}>
        {({ value: { tenants, cursor } }) =>
          tenants.length === 0 ? (
            <Empty title="No tenant matches">Check the spelling: a search compares beginnings.</Empty>
          ) : (
            <>
              <ul className="choices">
                {tenants.map(({ tenantId, name, tier, schoolCount, maxSchools }) => (
                  <li key={tenantId}>
                    <div>
                      <To path={paths.start(tenantId)}>{tenantId}</To>
                      <div className="note">
                        {name}, {tier}
                      </div>
                    </div>
                    <CountedBar used={schoolCount} limit={maxSchools} />
                  </li>
                ))}
              </ul>
              {cursor !== null && (
                <p className="note">
                  More tenants match: search further, or open the{' '}
                  <To path={paths.tenants}>list of tenants</To>.
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </Container>
  );
};
