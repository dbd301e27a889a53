import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';

/** Shown in place of rows: what is not there, and what to do to change that. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <Box textAlign="center" color="text-body-secondary" padding={{ vertical: 'm' }}>
    <Box variant="strong" color="inherit">
      {title}
    </Box>
    {children && <Box color="inherit">{children}</Box>}
  </Box>
);
