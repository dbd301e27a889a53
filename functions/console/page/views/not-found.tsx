import Box from '@cloudscape-design/components/box';
import { Page } from '../parts/page.tsx';
import { To } from '../parts/to.tsx';

export const NotFound = () => (
  <Page title="There is no such view">
    <Box>
      Check the address, or begin at <To path="/">the fleet</To>.
    </Box>
  </Page>
);
