import { Page } from '../../parts/page.tsx';

export const ReportView = () => <Page title="Report">{null}</Page>;
