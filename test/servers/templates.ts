/** Databases that global-setup.ts migrates once and every test file clones. Nobody connects to them afterwards. */
export const orderTemplate = 'waybill_template';
export const salesTemplate = 'waybill_sales_template';
