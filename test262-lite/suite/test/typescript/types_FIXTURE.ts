export interface Shape { v: number }
export type Other = string;
export type Unused = number;
export const value = 1;
type Default = number;
export default Default;
